package io.tidemark.ingest.access;

import io.tidemark.ingest.access.AccessSettings.Security;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * By which names ingest may be asked while security is off. A web page of another site could have
 * its own name lead to this machine (DNS rebinding), and to a browser would then be of the same
 * site as ingest; but the requests have that name in them. Immutable.
 */
public final class OwnHosts {
  private static final String LOCALHOST = "localhost";
  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}");

  private final Security security;
  private final Set<String> configured;

  /**
   * @param configured names and addresses beside those of this machine itself
   */
  public OwnHosts(Security security, Collection<String> configured) {
    this.security = security;
    this.configured = configured.stream().map(OwnHosts::plain).collect(Collectors.toSet());
  }

  /**
   * Whether a request may be for this host.
   *
   * @param host as the request has it, without the port
   */
  boolean isOwn(String host) {
    if (security == Security.ON) {
      return true; // nothing is had by being asked from here
    }
    String name = plain(host);
    if (name.equals(LOCALHOST) || name.equals("::1") || configured.contains(name)) {
      return true;
    }
    boolean isAddress = IPV4.matcher(name).matches() || name.indexOf(':') >= 0;
    // No name leads to an address that a request is for, so in a network of its own any will do.
    return isAddress && (security == Security.OFF_IN_PRIVATE_NETWORK || name.startsWith("127."));
  }

  private static String plain(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
  }

  static Refusal refusal(String host) {
    return new Refusal(
        403,
        "Forbidden",
        ("this is asked of %s, and with tidemark.security=off ingest answers only to localhost, to loopback addresses and to the"
                + " names in tidemark.identity.hosts: a page of another site could have its own name lead here")
            .formatted(host));
  }
}
