package io.tidemark.identity;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Under what a server is reached: a name (RFC 1123, section 2.1) or an address. */
public final class Hosts {
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;
  private static final int NAME_MAX_LENGTH = 253;
  private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
  private static final Pattern NAME = Pattern.compile(LABEL + "(?:\\." + LABEL + ")*");
  private static final Pattern V4 = Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}");
  private static final Pattern V6 = Pattern.compile("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

  private Hosts() {}

  /** The four or sixteen bytes of an address; null if it is none. Asks no name server. */
  public static byte @Nullable [] address(String host) {
    if (!V4.matcher(host).matches() && !V6.matcher(host).matches()) {
      return null;
    }
    try {
      return InetAddress.getByName(host).getAddress();
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /** True if it is a name or an address. */
  public static boolean isHost(String host) {
    return address(host) != null || isName(host);
  }

  private static boolean isName(String host) {
    return host.length() <= NAME_MAX_LENGTH
        && NAME.matcher(host).matches()
        && !V4.matcher(host).matches();
  }

  /**
   * One spelling for each host: names in small letters, addresses as Java writes them.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static String canonical(String host) {
    byte[] address = address(host);
    return address == null ? requireName(host).toLowerCase(Locale.ROOT) : ofAddress(address);
  }

  /**
   * An address as text.
   *
   * @throws IllegalArgumentException if it has neither 4 nor 16 bytes
   */
  public static String ofAddress(byte[] address) {
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "an address has 4 or 16 bytes, this has " + address.length, e);
    }
  }

  /** Whether a certificate names the host (RFC 5280, section 4.2.1.6), as it is written. */
  static boolean isFor(X509Certificate certificate, String host) {
    byte[] address = address(host);
    for (List<?> name : Identity.alternativeNames(certificate)) {
      if (name.get(1) instanceof String named
          && (address == null
              ? name.get(0).equals(DNS_NAME) && named.equalsIgnoreCase(host)
              : name.get(0).equals(IP_ADDRESS) && Arrays.equals(address, address(named)))) {
        return true;
      }
    }
    return false;
  }

  static String requireName(String host) {
    if (!isName(host)) {
      throw new IllegalArgumentException(
          "a host is a name such as gateway-1.example or an address, but not \"" + host + "\"");
    }
    return host;
  }
}
