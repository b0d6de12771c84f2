package io.tidemark.deploy.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a process of this machine has used, by Linux's books (proc(5)). */
record ServerProcess(long pid) {
  private static final Pattern RESIDENT =
      Pattern.compile("^VmRSS:\\s+(\\d+) kB$", Pattern.MULTILINE);

  /** Processor time of all its threads since it started, user and system, in seconds. */
  double cpuSeconds() throws IOException {
    return ProcessHandle.of(pid)
            .flatMap(process -> process.info().totalCpuDuration())
            .map(Duration::toNanos)
            .orElseThrow(() -> new IOException("process " + pid + " has ended"))
        / 1e9;
  }

  /**
   * If it is a Java process, lets it collect its garbage. New objects take the place of old ones
   * that are gone, in memory the process has long had: only after a collection its memory grows by
   * what lives.
   */
  void collectGarbage() throws IOException, InterruptedException {
    if (!Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "exe")).endsWith("java")) {
      return;
    }
    String unused = jcmd("GC.run");
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Tool jcmd =
        Tool.run(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(pid),
                command));
    if (jcmd.exitCode() != 0) {
      throw new IOException("process %d does not do %s: %s".formatted(pid, command, jcmd.said()));
    }
    return jcmd.said();
  }

  /** What lives on the heap of a Java process, in bytes; collects its garbage first. */
  long liveHeapBytes() throws IOException, InterruptedException {
    String total =
        jcmd("GC.class_histogram").strip().lines().reduce("", (before, line) -> line).strip();
    String[] words = total.split("\\s+", -1);
    if (words.length < 3 || !words[0].equals("Total")) {
      throw new IOException("process " + pid + " does not say how large its heap is: " + total);
    }
    return Long.parseLong(words[2]);
  }

  /** Memory it has in RAM, in bytes. */
  long residentBytes() throws IOException {
    String status = Files.readString(Path.of("/proc", Long.toString(pid), "status"));
    Matcher resident = RESIDENT.matcher(status);
    if (!resident.find()) {
      throw new IOException("no VmRSS in /proc/" + pid + "/status: this needs Linux");
    }
    return Long.parseLong(resident.group(1)) << 10;
  }
}
