package io.tidemark.ingest.install;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The script, on devices where something is missing: what it runs is a folder of our own. */
@Timeout(60)
final class InstallScriptTest {
  private static final String NAME = "tidemark-agent_0.9.0_all.deb";
  private static final byte[] PACKAGE = "a package".getBytes(UTF_8);
  private static final String ORIGIN = "https://ingest.example:8443";
  private static final String PEM =
      "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";

  /** What the script needs of a system, and a test does not change. */
  private static final List<String> REAL =
      List.of(
          "awk",
          "cat",
          "chmod",
          "cut",
          "date",
          "grep",
          "mktemp",
          "rm",
          "sed",
          "sh",
          "sha256sum",
          "tr");

  @TempDir Path folder;

  private Path bin = Path.of("");
  private final Map<String, String> environment = new HashMap<>();

  private record Run(int exitCode, String said, String ran) {}

  /** A device on which nothing is missing. */
  @BeforeEach
  void aDevice() throws IOException {
    bin = Files.createDirectory(folder.resolve("bin"));
    for (String name : REAL) {
      Files.createSymbolicLink(bin.resolve(name), Path.of("/usr/bin", name));
    }
    Files.write(folder.resolve("served.deb"), PACKAGE);
    Files.createFile(folder.resolve("log"));
    tool("id", "echo 0");
    tool("dpkg", "echo arm64");
    tool("uname", "echo aarch64");
    tool("systemctl", "");
    tool("sudo", "");
    tool("java", "echo '    java.specification.version = 17' >&2");
    apt("", "");
    disk(5_000_000);
    curl("");
  }

  private void tool(String name, String lines) throws IOException {
    Path tool = bin.resolve(name);
    Files.writeString(tool, "#!/bin/sh\necho \"" + name + " $*\" >>\"$LOG\"\n" + lines + "\n");
    Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /**
   * @param satisfy what it does when it is asked whether Java can be had
   * @param install when it installs
   */
  private void apt(String satisfy, String install) throws IOException {
    tool(
        "apt-get", "case $1 in satisfy) :; %s;; install) :; %s;; esac".formatted(satisfy, install));
  }

  private void disk(long freeKib) throws IOException {
    tool(
        "df",
        "echo 'Filesystem 1024-blocks Used Available Capacity Mounted'; echo '/dev/a 9 9 9999999 1%% /'; echo '/dev/b 9 9 %d 1%% /usr'"
            .formatted(freeKib));
  }

  /**
   * @param before what it does before it answers as ingest does
   */
  private void curl(String before) throws IOException {
    tool(
        "curl",
        before
            + """

            case "$*" in
              *-fsSkI*) printf 'HTTP/1.1 200 OK\\r\\nDate: %s\\r\\n\\r\\n' "$(LC_ALL=C date -u '+%a, %d %b %Y %H:%M:%S GMT')" ;;
              *' -o '*) while [ "$1" != -o ]; do shift; done; cat "$SERVED" >"$2" ;;
            esac
            """);
  }

  private Run run(String shell, String... arguments) throws Exception {
    return runScript(shell, script(PEM), arguments);
  }

  private static String script(String authority) {
    String sha256 = HexFormat.of().formatHex(AgentPackages.digest().digest(PACKAGE));
    return InstallScript.of(new AgentPackage(Path.of(NAME), 19_000_000, sha256), authority);
  }

  private Run runScript(String shell, String script, String... arguments) throws Exception {
    Path file = Files.writeString(folder.resolve("install.sh"), script);
    List<String> command = new ArrayList<>(List.of("/usr/bin/" + shell, file.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("PATH", bin.toString());
    builder.environment().put("LOG", folder.resolve("log").toString());
    builder.environment().put("SERVED", folder.resolve("served.deb").toString());
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Run(process.waitFor(), said, Files.readString(folder.resolve("log")));
  }

  /** Something is missing, so that nothing was installed. */
  private static void assertMissing(Run run, String what, String... words) {
    assertThat(run.exitCode).as(run.said).isEqualTo(1);
    assertThat(run.said)
        .containsPattern("(?m)^bad   " + what + " ")
        .contains(words)
        .endsWith("Nothing was installed. Do what the arrows say, and run this again.\n");
    assertThat(run.said.lines().filter(line -> line.startsWith("bad "))).hasSize(1);
    assertThat(run.ran).doesNotContain("apt-get install", " -o ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void whereNothingIsMissingItInstallsThePackageAndSaysWhatIsNext(String shell) throws Exception {
    Run run = run(shell, ORIGIN + "/");
    assertThat(run.exitCode).as(run.said).isZero();
    assertThat(run.said)
        .contains("good  root", "good  processor  arm64", "good  java       is there")
        .contains("good  disk       5120 MB are free", "good  clock", "good  ingest     " + ORIGIN)
        .contains("Next, with an enrolment token", "sudo tidemark-agent setup\n")
        .doesNotContain("bad ");
    assertThat(run.ran)
        .containsPattern(
            "curl -fsS --max-time 600 --cacert \\S+ --capath /dev/null -o (/\\S+/"
                + NAME
                + ") "
                + ORIGIN
                + "/install/")
        .containsPattern("apt-get install -y .*--force-confold /\\S+/" + NAME + "\n");
    assertThat(run.ran.lines().filter(line -> line.startsWith("curl") && !line.contains("cacert")))
        .as("what is asked of whoever it may be")
        .containsExactly("curl -fsSkI --max-time 20 " + ORIGIN + "/install");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void whoIsNotRootIsToldHow(String shell) throws Exception {
    tool("id", "echo 1000");
    assertMissing(run(shell, ORIGIN), "root", "-> sudo sh install.sh " + ORIGIN);
    Files.delete(bin.resolve("sudo"));
    assertMissing(run(shell, ORIGIN), "root", "su -");
  }

  @ParameterizedTest
  @CsvSource({
    "sh,apt-get,no apt",
    "dash,dpkg,no apt",
    "sh,systemctl,no systemd",
    "dash,systemctl,no systemd"
  })
  void anotherSystemIsNone(String shell, String missing, String words) throws Exception {
    Files.delete(bin.resolve(missing));
    assertMissing(run(shell, ORIGIN), "system", words);
  }

  @ParameterizedTest
  @CsvSource({"sh,mips64el,mips64", "dash,ppc64el,ppc64le", "sh,armhf,armv6l", "dash,armhf,armv6l"})
  void anotherProcessorIsNone(String shell, String kind, String machine) throws Exception {
    tool("dpkg", "echo " + kind);
    tool("uname", "echo " + machine);
    assertMissing(
        run(shell, ORIGIN),
        "processor",
        machine.equals("armv6l")
            ? "take a Raspberry Pi Zero 2 W or newer"
            : "not made for " + kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void withoutAJavaAptKnowsOfNothingIsInstalled(String shell) throws Exception {
    apt("exit 100", "");
    Run run = run(shell, ORIGIN);
    assertMissing(run, "java", "sudo apt-get update", "Debian 12");
    assertThat(run.ran).contains("apt-get update");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void aJavaThatAptLearnsOfComesAlong(String shell) throws Exception {
    apt("[ -e " + folder + "/updated ] || exit 100; echo 'Inst openjdk-17-jre-headless'", "");
    Files.writeString(
        bin.resolve("apt-get"),
        "[ \"$1\" != update ] || : >" + folder + "/updated\n",
        StandardOpenOption.APPEND);
    Run run = run(shell, ORIGIN);
    assertThat(run.exitCode).as(run.said).isZero();
    assertThat(run.said).contains("good  java       apt installs it");
    assertThat(run.ran)
        .as("its lists may be old")
        .containsPattern(
            "(?s)apt-get satisfy(?!.*apt-get satisfy).*apt-get update.*apt-get install");
    Files.writeString(folder.resolve("log"), "");
    apt("echo 'Inst openjdk-17-jre-headless'", "");
    Files.writeString(
        bin.resolve("apt-get"), "[ \"$1\" != update ] || exit 100\n", StandardOpenOption.APPEND);
    Run offline = run(shell, ORIGIN);
    assertFailed(offline, "apt could not learn where Java is now");
    assertThat(offline.ran).doesNotContain("apt-get install");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void aFullDiskIsSaidWithWhatIsNeeded(String shell) throws Exception {
    disk(95_000);
    assertMissing(run(shell, ORIGIN), "disk", "97 MB are free, 98 MB are needed");
    disk(96_000);
    assertThat(run(shell, ORIGIN).exitCode).isZero();
    apt("echo 'Inst openjdk-17-jre-headless'", "");
    Files.writeString(folder.resolve("log"), "");
    assertMissing(run(shell, ORIGIN), "disk", "398 MB are needed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void withoutCurlItSaysHowToGetIt(String shell) throws Exception {
    Files.delete(bin.resolve("curl"));
    assertMissing(run(shell, ORIGIN), "curl", "sudo apt-get install -y curl");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void anIngestThatDoesNotAnswerIsNamedWithTheReason(String shell) throws Exception {
    curl("echo 'curl: (7) Failed to connect' >&2; exit 7");
    assertMissing(run(shell, ORIGIN), "ingest", ORIGIN + " does not answer: curl: (7) Failed");
    curl("echo 'curl: (22) The requested URL returned error: 404' >&2; exit 22");
    assertMissing(run(shell, ORIGIN), "ingest", "has no agent to give: curl: (22)");
    curl("printf 'HTTP/1.1 200 OK\\r\\n\\r\\n'; exit 0");
    assertMissing(run(shell, ORIGIN), "ingest", "is no ingest");
  }

  @ParameterizedTest
  @CsvSource({"sh,Thu%c 01 Jan 2026 00:00:00 GMT", "dash,Fri%c 01 Jan 2100 00:00:00 GMT"})
  void aClockThatIsWrongIsSaidWithBothTimes(String shell, String date) throws Exception {
    String there = date.replace("%c", ",");
    curl("printf 'HTTP/1.1 200 OK\\r\\ndate: " + there + "\\r\\n\\r\\n'; exit 0");
    assertMissing(
        run(shell, ORIGIN),
        "clock",
        there.substring(12, 16) + "-01-01 00:00:00 at ingest",
        "sudo timedatectl set-ntp true");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void whoIsNotShownToBeThatIngestIsNotAskedForThePackage(String shell) throws Exception {
    curl("case \"$*\" in *cacert*) echo 'curl: (60) SSL certificate problem' >&2; exit 60;; esac");
    assertMissing(run(shell, ORIGIN), "ingest", "curl: (60) SSL", "tidemark.identity.hosts");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void allThatIsMissingIsSaidAtOnce(String shell) throws Exception {
    tool("id", "echo 1000");
    tool("dpkg", "echo mips");
    apt("exit 100", "");
    disk(1);
    Files.delete(bin.resolve("systemctl"));
    Files.delete(bin.resolve("curl"));
    Run run = run(shell, ORIGIN);
    assertThat(run.exitCode).isEqualTo(1);
    assertThat(
            run.said
                .lines()
                .filter(line -> line.startsWith("bad "))
                .map(line -> line.split(" +")[1]))
        .containsExactly("root", "system", "processor", "java", "disk", "curl");
    assertThat(run.said.lines().filter(line -> line.startsWith(" ".repeat(17) + "-> "))).hasSize(6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void anotherPackageThanTheOneItKnowsIsNotInstalled(String shell) throws Exception {
    Files.writeString(folder.resolve("served.deb"), "something else");
    Run run = run(shell, ORIGIN);
    assertThat(run.exitCode).isEqualTo(2);
    assertThat(run.said).contains("not the package this script is for: its SHA-256 is ");
    assertThat(run.ran).doesNotContain("apt-get install");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void whatGoesWrongAfterwardsIsSaid(String shell) throws Exception {
    curl("case \"$*\" in *' -o '*) echo 'curl: (22) error: 404' >&2; exit 22;; esac");
    assertFailed(run(shell, ORIGIN), "could not be had: curl: (22) error: 404", "script anew");
    curl("");
    apt("", "exit 100");
    assertFailed(run(shell, ORIGIN), "apt could not install it");
    apt("", "");
    tool("java", "echo '    java.specification.version = 11' >&2");
    assertFailed(run(shell, ORIGIN), "java is Java 11: sudo update-alternatives --auto java");
    Files.delete(bin.resolve("java"));
    assertFailed(run(shell, ORIGIN), "there is no command java");
  }

  private static void assertFailed(Run run, String... words) {
    assertThat(run.exitCode).as(run.said).isEqualTo(2);
    assertThat(run.said).contains(words).doesNotContain("Next, with");
  }

  @ParameterizedTest
  @CsvSource({
    "sh,''",
    "dash,ingest.example",
    "sh,http://ingest.example:8080",
    "dash,https://ingest.example/install"
  })
  void whatIsNoAddressIsRefused(String shell, String argument) throws Exception {
    Run run = argument.isEmpty() ? run(shell) : run(shell, argument);
    assertThat(run.exitCode).isEqualTo(64);
    assertThat(run.said).contains("Usage: sudo sh install.sh https://INGEST:8443");
    assertThat(run.ran).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "dash"})
  void withSecurityOffNobodyHasToBeShown(String shell) throws Exception {
    Run run = runScript(shell, script(""), "http://ingest.example:8080");
    assertThat(run.exitCode).as(run.said).isZero();
    assertThat(run.ran)
        .doesNotContain("cacert")
        .contains("http://ingest.example:8080/install/" + NAME);
  }

  @ParameterizedTest
  @CsvSource({"sh,100", "dash,10", "sh,3000", "dash,6000"})
  void aScriptThatIsCutDoesNothing(String shell, int left) throws Exception {
    String script = script(PEM);
    runScript(shell, script.substring(0, left), ORIGIN);
    runScript(shell, script.substring(0, script.length() - "main \"$@\"\n".length()), ORIGIN);
    assertThat(Files.readString(folder.resolve("log"))).isEmpty();
  }
}
