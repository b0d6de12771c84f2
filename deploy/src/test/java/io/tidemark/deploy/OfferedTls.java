package io.tidemark.deploy;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a port speaks, found out from outside by openssl: each version is asked for with all ciphers
 * that openssl has, those of before included; then with all but the one that was chosen, until none
 * is. And by nmap, which does the same in its own way.
 *
 * @param port of 127.0.0.1
 * @param more options for each attempt, such as a certificate
 */
record OfferedTls(int port, List<String> more) {
  private static final Pattern CHOSEN = Pattern.compile("New, [^,]+, Cipher is ([A-Za-z0-9_-]+)");

  /** Whatever openssl knows, at its lowest level of security. */
  private static final String ALL = "ALL:COMPLEMENTOFALL:@SECLEVEL=0";

  private static final String ALL_OF_1_3 =
      "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256";

  /**
   * The ciphers that are spoken in a version, the one first that is preferred; none if the version
   * is not.
   *
   * @param version as openssl has it: {@code tls1_2}, {@code dtls1}
   */
  List<String> ciphers(String version) throws IOException, InterruptedException {
    List<String> chosen = new ArrayList<>();
    for (String next = attempt(version, chosen); !next.isEmpty(); next = attempt(version, chosen)) {
      chosen.add(next);
    }
    return chosen;
  }

  /** The cipher that is chosen of all but those; empty if none is. */
  private String attempt(String version, List<String> without)
      throws IOException, InterruptedException {
    boolean newest = version.equals("tls1_3");
    List<String> left = new ArrayList<>(List.of((newest ? ALL_OF_1_3 : ALL).split(":", -1)));
    if (newest) {
      left.removeAll(without);
      if (left.isEmpty()) {
        return "";
      }
    } else {
      without.forEach(cipher -> left.add(0, "!" + cipher));
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                "openssl",
                "s_client",
                "-connect",
                "127.0.0.1:" + port,
                "-" + version,
                newest ? "-ciphersuites" : "-cipher",
                String.join(":", left)));
    command.addAll(more);
    String said = run(command);
    if (said.contains("Connection refused")) {
      throw new IOException("nobody listens at " + port + ": " + said);
    }
    Matcher matcher = CHOSEN.matcher(said);
    return matcher.find() ? matcher.group(1) : "";
  }

  /** What nmap says of it, by a list of versions and ciphers of its own. */
  String byNmap() throws IOException, InterruptedException {
    return run(
        List.of(
            "nmap",
            "-Pn",
            "--script",
            "ssl-enum-ciphers",
            "-p",
            String.valueOf(port),
            "127.0.0.1"));
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    int unused = process.waitFor(); // not 0 if the certificate is of an authority it does not know
    return said;
  }
}
