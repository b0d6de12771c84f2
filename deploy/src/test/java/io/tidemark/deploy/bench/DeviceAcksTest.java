package io.tidemark.deploy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.deploy.bench.DeviceAcks.Ack;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceAcksTest {
  private static final String G1 = "tcp://127.0.0.1:1883";
  private static final String G2 = "tcp://127.0.0.1:2883";

  @TempDir private Path folder;
  private Path trace = Path.of("");
  private DeviceAcks acks = new DeviceAcks(trace, List.of(G1, G2));

  @BeforeEach
  void beginATrace() {
    trace = folder.resolve("acks");
    acks = new DeviceAcks(trace, List.of(G1, G2));
  }

  @Test
  void whatIsWrittenIsReadOnceAndOnlyWhenALineIsWhole() throws Exception {
    assertThat(acks.news()).as("there is no file yet").isEmpty();
    write("2026-01-01T00:00:00.125310Z,sim-1," + G1 + ",5,0,1\n2026-01-01T00:00:00.3Z,sim-2,");
    assertThat(acks.news())
        .containsExactly(new Ack(Instant.parse("2026-01-01T00:00:00.125310Z"), "sim-1", G1));
    write(G2 + ",6,0,1\n");
    assertThat(acks.news())
        .containsExactly(new Ack(Instant.parse("2026-01-01T00:00:00.3Z"), "sim-2", G2));
    assertThat(acks.news()).isEmpty();
  }

  @Test
  void aDeviceIsHomeAtTheGatewayOfItsNumber() throws Exception {
    line("sim-00001", G1);
    assertThat(acks.areHome(2)).as("one has not been heard of").isFalse();
    line("sim-00002", G1);
    assertThat(acks.areHome(2)).as("it could not begin at home").isFalse();
    line("sim-00002", G2);
    assertThat(acks.areHome(2)).isTrue();
    line("sim-00003", G1);
    assertThat(acks.areHome(3)).as("from the first again").isTrue();
    assertThat(acks.at(G1)).containsExactlyInAnyOrder("sim-00001", "sim-00003");
    line("sim-00001", G2);
    assertThat(acks.areHome(3)).isFalse();
    assertThat(acks.at(G1)).containsExactly("sim-00003");
    assertThat(acks.at(G2)).containsExactlyInAnyOrder("sim-00001", "sim-00002");
    line("sim-00001", G1);
    assertThat(acks.areHome(3)).isTrue();
  }

  private void line(String device, String gateway) throws IOException {
    write("2026-01-01T00:00:00Z,%s,%s,5,0,1\n".formatted(device, gateway));
  }

  private void write(String text) throws IOException {
    Files.writeString(trace, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
