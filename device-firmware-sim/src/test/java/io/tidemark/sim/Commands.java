package io.tidemark.sim;

import io.tidemark.wire.Batch;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;

/** Runs commands as they are typed, and hears what they say. */
@NullUnmarked
final class Commands {
  private Commands() {}

  record Result(int code, String out, String err) {
    JsonObject json() {
      String[] lines = out.strip().split("\n");
      return new JsonObject(lines[lines.length - 1]);
    }
  }

  static Result execute(String... args) {
    return execute(new Signals(), args);
  }

  static synchronized Result execute(Signals signals, String... args) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    ByteArrayOutputStream outBytes = new ByteArrayOutputStream();
    ByteArrayOutputStream errBytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(outBytes, true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(errBytes, true, StandardCharsets.UTF_8));
    try {
      int code = TidemarkSim.execute(signals, args);
      return new Result(
          code,
          outBytes.toString(StandardCharsets.UTF_8),
          errBytes.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
  }

  /** {@code sim run} against a gateway, with JSON. */
  static Result run(ScriptedGateway gateway, String... flags) {
    return execute(with(new String[] {"run", "--gateway", gateway.url(), "--json"}, flags));
  }

  static String[] with(String[] flags, String... more) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.addAll(List.of(more));
    return all.toArray(new String[0]);
  }

  /** The numbers of the readings in batches, by device, as they came. */
  static Map<String, List<Long>> numbers(List<Batch> batches) {
    Map<String, List<Long>> numbers = new TreeMap<>();
    for (Batch batch : batches) {
      for (int i = 0; i < batch.readings().size(); i++) {
        numbers
            .computeIfAbsent(batch.header().device(), d -> new ArrayList<>())
            .add(batch.header().firstSequence() + i);
      }
    }
    return numbers;
  }

  /** How many readings the largest batch has. */
  static int largest(List<Batch> batches) {
    return batches.stream().mapToInt(b -> b.readings().size()).max().orElse(0);
  }
}
