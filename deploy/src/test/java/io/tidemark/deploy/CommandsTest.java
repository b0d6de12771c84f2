package io.tidemark.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What commands say of themselves, and of what they cannot be asked. */
@Timeout(60) // a demo that is not refused would go on
class CommandsTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      quoteCharacter = '`',
      value = {
        "demo --devices 0             > --devices must be 1 to 1000, but is 0",
        "demo --gateways 2            > --gateways must be 1, 3 or 5, but is 2",
        "chaos --gateways 0           > --gateways must be 1, 3 or 5, but is 0",
        "chaos --devices 1001         > --devices must be 1 to 1000, but is 1001",
        "chaos --for 10s              > --for must be 11 s to 24 h",
        "demo --chaos --for 25h       > --for must be 11 s to 24 h",
        "chaos --partitions --gateways 1 > --partitions needs 3 or 5 gateways",
        "demo --for soon              > 'soon' is not a duration",
        "demo --frobnicate            > Unknown option",
        "demo --certificates-for 60s  > --certificates-for needs --secure",
        "chaos --secure --certificates-for 29s > --certificates-for must be 30s or longer, but is 29 s",
        "demo --influx tidemark       > --influx must be like http://127.0.0.1:8086",
        "gateway                      > gateway needs to know what: cluster, shut-out or let-in",
        "gateway shut-out g1          > Missing required option: '--why=TEXT'",
        "gateway let-in               > Missing required parameter: 'ID'",
        "device                       > Missing required subcommand",
        "device shut-out boiler-1     > Missing required option: '--why=TEXT'",
        "device shut-out --why x      > Missing required parameter: 'NAME'",
        "device let-in                > Missing required parameter: 'NAME'",
        "device let-in b --timeout no > 'no' is not a duration",
        "gateway cluster              > cluster needs to know what: status, replace, add or remove",
        "gateway cluster replace      > Missing required parameter: 'ID=HOST:PORT'",
        "gateway cluster add          > Missing required parameter: 'ID=HOST:PORT'",
        "gateway cluster remove       > Missing required parameter: 'ID'",
        "gateway cluster remove g2 --timeout soon > 'soon' is not a duration",
        "bench ingest --readings 1    > --readings must be 10000 to 2000000",
        "bench gateway --messages 1   > --messages must be 2000 to 3000000",
        "bench gateway --rounds 0     > --rounds must be 1 to 25",
        "bench gateway --idle -1      > --idle must be 0 to 9000",
        "bench gateway --peers rabbit > --peers",
        "bench cluster --timed 99     > --timed must be 100 to 20000",
        "bench cluster --each 20001   > --each must be 100 to 20000",
        "bench cluster --rounds 26    > --rounds must be 1 to 25",
        "bench takeover --trials 0    > --trials must be 1 to 200",
        "demo --listen 0.0.0.0        > --listen 0.0.0.0 needs --secure",
        "demo --secure --listen ::1   > --listen must be 127.0.0.1 or 0.0.0.0, but is ::1",
        "bench dashboard --devices 19 > --devices must be 20 to 20000",
        "bench dashboard --rows 19999 > --rows must be 20000 to 500000000",
        "bench dashboard --visits 101 > --visits must be 1 to 100",
        "bench dashboard --live-for 4s > --live-for must be 5 s to 7200 s, but is 4 s",
        "bench agent --for 999ms      > --for must be 1 s to 86400 s, but is 0 s",
        "bench agent --starts 0       > --starts must be 1 to 25",
        "bench images --idle-for 0s   > --idle-for must be 1 s to 3600 s",
        "bench takeover --kinds nap   > --kinds",
        "bench tls --idle 0           > --idle must be 1 to 9000",
        "bench tls --handshakes 19    > --handshakes must be 20 to 100000",
        "bench tls --bad-for 0s       > --bad-for must be 1 s to 3600 s, but is 0 s",
        "ledger frobnicate            > show|rebuild",
        "token                        > Missing required subcommand",
        "token create                 > Missing required option: '--role=device|gateway'",
        "token create --role device --for soon > 'soon' is not a duration",
        "token withdraw               > Missing required parameter: 'ID'",
        "key                          > Missing required subcommand",
        "key create --name x          > Missing required option: '--role=viewer|operator|admin'",
        "key create --role viewer     > Missing required option: '--name=NAME'",
        "key create --name x --role viewer --for soon > 'soon' is not a duration",
        "key revoke                   > Missing required parameter: 'ID'",
        "setup administrator --api https://a --authority r --name n > Missing required option: '--key-file=FILE'",
        "setup                        > Missing required subcommand",
        "setup secrets --dir x        > Missing required option: '--gateway=",
        "setup influx --dir x         > Missing required option: '--influx=URL'",
        "setup access --dir x --gateway g1 > Missing required options: '--api=URL",
        "setup access --dir x --gateway g1 --api https://a --authority r --timeout no > 'no' is not a duration",
        "setup password               > Missing required option: '--dir=",
      })
  void wrongUsageIsExplained(String command, String message) {
    assertThat(run(command)).as(err.toString()).isEqualTo(64);
    assertThat(err.toString()).contains(message).contains("--help");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "chaos",
        "ledger",
        "bench",
        "gateway",
        "gateway cluster status",
        "gateway cluster replace",
        "gateway cluster add",
        "gateway cluster remove",
        "gateway shut-out",
        "gateway let-in",
        "token",
        "key",
        "device",
        "device list",
        "device shut-out",
        "device let-in",
        "setup",
        "sbom"
      })
  void helpHasExamples(String command) {
    assertThat(run(command + " --help")).isZero();
    assertThat(out.toString()).contains("Examples:").contains("./tidemark " + command);
  }

  @Test
  void aLedgerThatCanNotBeReachedCouldNotBeChecked() {
    for (String action : List.of("show", "rebuild")) {
      assertThat(run("ledger " + action + " --api http://127.0.0.1:1")).isEqualTo(2);
      assertThat(err.toString()).contains("Could not check").contains("http://127.0.0.1:1");
    }
  }

  private int run(String command) {
    CommandLine commandLine = Tidemark.commandLine();
    commandLine.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return commandLine.execute(command.split(" ", -1));
  }
}
