package io.tidemark.ingest.storage.influx;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.Interceptor;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Makes a request what the server's generation understands: credentials for all of them, and for
 * 1.x the address to write to. Set once the generation is known; until then requests go as they
 * are.
 */
final class Dialect implements Interceptor {
  private static final String WRITE_PATH = "/api/v2/write";

  /** All generations answer so to a write they have done; what else says 200 is no InfluxDB. */
  private static final int ACKNOWLEDGED = 204;

  private final InfluxSettings settings;
  private volatile InfluxVersion version;

  Dialect(InfluxSettings settings) {
    this.settings = settings;
    version = settings.version();
  }

  InfluxVersion version() {
    return version;
  }

  void version(InfluxVersion found) {
    version = found;
  }

  @Override
  public Response intercept(Chain chain) throws IOException {
    Request request = chain.request();
    Request.Builder changed = request.newBuilder();
    boolean write = request.url().encodedPath().endsWith(WRITE_PATH);
    if (write && version == InfluxVersion.V1) {
      changed.url(writeUrl());
    }
    String authorization = authorization();
    if (!authorization.isEmpty()) {
      changed.header("Authorization", authorization);
    }
    Response response = chain.proceed(changed.build());
    if (write && response.isSuccessful() && response.code() != ACKNOWLEDGED) {
      response.close();
      throw new IOException(
          "a write was answered with %d, which acknowledges nothing; only %d does"
              .formatted(response.code(), ACKNOWLEDGED));
    }
    return response;
  }

  /** 1.x, "InfluxDB API reference", /write. */
  private HttpUrl writeUrl() {
    HttpUrl.Builder url =
        base(settings)
            .addPathSegment("write")
            .addQueryParameter("db", settings.databaseName())
            .addQueryParameter("precision", "ns");
    if (!settings.retentionPolicy().isEmpty()) {
      url.addQueryParameter("rp", settings.retentionPolicy());
    }
    return url.build();
  }

  private String authorization() {
    String token = settings.token();
    if (token.isEmpty()) {
      return "";
    }
    if (version == InfluxVersion.V3) {
      return "Bearer " + token;
    }
    int colon = token.indexOf(':');
    if (version == InfluxVersion.V1 && colon > 0) {
      return Credentials.basic(
          token.substring(0, colon), token.substring(colon + 1), StandardCharsets.UTF_8);
    }
    return "Token " + token;
  }

  /** The server's address, with a path in front of it where there is a proxy. */
  static HttpUrl.Builder base(InfluxSettings settings) {
    HttpUrl url = HttpUrl.get(settings.url());
    if (url == null) {
      throw new IllegalArgumentException("tidemark.influx.url cannot be used: " + settings.url());
    }
    return url.newBuilder().query(null);
  }
}
