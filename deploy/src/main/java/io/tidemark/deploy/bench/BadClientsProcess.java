package io.tidemark.deploy.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@link BadClients} in a process of their own, so that what they compute, and the garbage they
 * leave, is not the good devices' and can be told from it. For one thread at a time.
 */
final class BadClientsProcess implements AutoCloseable {
  private static final Duration END_LIMIT = Duration.ofSeconds(10);

  private final Process process;
  private final BufferedReader said;
  private final Writer told;

  /**
   * Starts it; no client comes yet.
   *
   * @param device a folder with the credential of an enrolled device, and whom it believes
   * @param folder for what they make up
   */
  BadClientsProcess(int port, Path device, Path folder, int perSecond) throws IOException {
    process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    BadClients.class.getName(),
                    Integer.toString(port),
                    device.toString(),
                    folder.toString(),
                    Integer.toString(perSecond)))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    said = process.inputReader(StandardCharsets.UTF_8);
    told = process.outputWriter(StandardCharsets.UTF_8);
  }

  /**
   * What became of those that came.
   *
   * @param letIn of them those that could send, which is to be none
   */
  record Visit(long came, long letIn) {}

  /** They come, until {@link #rest}. */
  void come() throws IOException {
    tell(BadClients.COME);
  }

  /** They come no more; those that were there are gone then. */
  Visit rest() throws IOException {
    tell(BadClients.REST);
    String line = said.readLine();
    if (line == null) {
      throw new IOException("the process of the bad clients has ended");
    }
    String[] counts = line.split(" ", -1);
    return new Visit(Long.parseLong(counts[0]), Long.parseLong(counts[1]));
  }

  private void tell(String what) throws IOException {
    told.write(what + "\n");
    told.flush();
  }

  long pid() {
    return process.pid();
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
