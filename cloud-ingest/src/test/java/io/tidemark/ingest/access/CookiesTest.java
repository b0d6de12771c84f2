package io.tidemark.ingest.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpServerRequest;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

final class CookiesTest {
  /** One of which nothing is known but how it came. */
  private static HttpServerRequest request(boolean isOverTls) {
    return (HttpServerRequest)
        Proxy.newProxyInstance(
            CookiesTest.class.getClassLoader(),
            new Class<?>[] {HttpServerRequest.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("isSSL");
              return isOverTls;
            });
  }

  @Test
  void overTlsACookieIsOfThisHostAloneAndStaysThere() {
    assertThat(Cookies.keep(request(true), "s"))
        .isEqualTo("__Host-tidemark=s; Path=/; HttpOnly; SameSite=Strict; Secure");
    assertThat(Cookies.keep(request(false), "s"))
        .isEqualTo("tidemark=s; Path=/; HttpOnly; SameSite=Strict");
  }

  @Test
  void aCookieIsForgottenAsItWasKept() {
    assertThat(Cookies.forget(request(true)))
        .isEqualTo("__Host-tidemark=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0");
  }
}
