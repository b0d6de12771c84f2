package io.tidemark.gateway.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AddressRateTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong now = new AtomicLong(5);
  private final AddressRate rate = new AddressRate(3, now::get);

  @Test
  void eachAddressHasItsOwnSecond() {
    for (int i = 0; i < 3; i++) {
      assertThat(rate.take("a")).isZero();
    }
    now.addAndGet(SECOND / 4);
    assertThat(rate.take("a")).as("until the second is over").isEqualTo(SECOND * 3 / 4);
    assertThat(rate.take("b")).isZero();
    now.addAndGet(SECOND * 3 / 4);
    assertThat(rate.take("a")).isZero();
  }

  @Test
  void ofIpv6TheNetworkIsCounted() throws Exception {
    assertThat(network("2001:db8:0:7::1")).isEqualTo(network("2001:db8:0:7:ffff::2"));
    assertThat(network("2001:db8:0:7::1")).isNotEqualTo(network("2001:db8:0:8::1"));
    assertThat(network("10.0.0.1")).isEqualTo(network("10.0.0.1"));
    assertThat(network("10.0.0.1")).isNotEqualTo(network("10.0.0.2"));
  }

  private static Object network(String address) throws UnknownHostException {
    return AddressRate.network(InetAddress.getByName(address));
  }

  @Test
  void addressesBeyondWhatItCanTellApartCountAsOne() {
    for (int i = 0; i < 65_536; i++) {
      assertThat(rate.take("address-" + i)).isZero();
    }
    for (int i = 0; i < 3; i++) {
      assertThat(rate.take("more-" + i)).isZero();
    }
    assertThat(rate.take("one-more")).isPositive();
    assertThat(rate.take("address-7")).as("known before").isZero();
  }
}
