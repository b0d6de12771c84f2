import com.hivemq.embedded.EmbeddedHiveMQ;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * HiveMQ CE on a port of loopback, for {@code ./tidemark bench gateway}: run from its source, with
 * what {@code ./tidemark fetch hivemq} has fetched. As it comes, but for a receive maximum that
 * leaves room for the window that is measured, and without statistics sent to its makers.
 */
final class HiveMqPeer {
  private static final String CONFIG =
      """
      <?xml version="1.0"?>
      <hivemq>
        <listeners>
          <tcp-listener><port>%d</port><bind-address>127.0.0.1</bind-address></tcp-listener>
        </listeners>
        <mqtt>
          <receive-maximum><server-receive-maximum>100</server-receive-maximum></receive-maximum>
        </mqtt>
        <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
      </hivemq>
      """;

  private HiveMqPeer() {}

  /** Runs until it is killed. Arguments: a folder of its own, and the port. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    Path config = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(
        config.resolve("config.xml"), CONFIG.formatted(Integer.parseInt(arguments[1])));
    EmbeddedHiveMQ.builder()
        .withConfigurationFolder(config)
        .withDataFolder(Files.createDirectories(folder.resolve("data")))
        .withExtensionsFolder(Files.createDirectories(folder.resolve("extensions")))
        .build()
        .start()
        .join();
  }
}
