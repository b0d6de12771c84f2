package io.tidemark.sim.hardware;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What an agent's journal came to, epoch by epoch. acknowledged = produced - waiting - dropped.
 *
 * @param epochs at least one, if the agent ever numbered a reading
 */
public record HardwareSums(List<Epoch> epochs) {
  /**
   * What it numbered under one device's name in one epoch.
   *
   * @param nextSequence how many readings: they are 0 to this, exclusive
   * @param oldestKept the lowest number that may still be in the journal
   * @param waiting how many are in the journal and not acknowledged
   * @param dropped how many it gave up
   */
  public record Epoch(
      String device, long epoch, long nextSequence, long oldestKept, long waiting, long dropped) {}

  /** Copies the list. */
  public HardwareSums {
    epochs = List.copyOf(epochs);
  }

  public long produced() {
    return epochs.stream().mapToLong(Epoch::nextSequence).sum();
  }

  public long waiting() {
    return epochs.stream().mapToLong(Epoch::waiting).sum();
  }

  public long dropped() {
    return epochs.stream().mapToLong(Epoch::dropped).sum();
  }

  public long acknowledged() {
    return produced() - waiting() - dropped();
  }

  /** In a line. */
  public String text() {
    return "%,d readings by a real agent, %,d acknowledged, %,d dropped, %,d waiting"
        .formatted(produced(), acknowledged(), dropped(), waiting());
  }

  /**
   * Reads what an agent's {@code journal --json} prints.
   *
   * @throws IOException if it is something else
   */
  public static HardwareSums parse(String json) throws IOException {
    List<Epoch> epochs = new ArrayList<>();
    try (JsonParser in = new JsonFactory().createParser(json)) {
      require(in.nextToken() == JsonToken.START_ARRAY, "an array");
      while (in.nextToken() == JsonToken.START_OBJECT) {
        epochs.add(epoch(in));
      }
      require(in.currentToken() == JsonToken.END_ARRAY, "objects in its array");
    }
    return new HardwareSums(epochs);
  }

  private static Epoch epoch(JsonParser in) throws IOException {
    Map<String, Long> numbers = new HashMap<>();
    String device = "";
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      JsonToken value = in.nextToken();
      if (value == JsonToken.VALUE_NUMBER_INT) {
        numbers.put(name, in.getLongValue());
      } else if (value == JsonToken.VALUE_STRING && name.equals("device")) {
        device = in.getText();
      } else {
        in.skipChildren();
      }
    }
    require(!device.isEmpty(), "a device");
    return new Epoch(
        device,
        number(numbers, "epoch"),
        number(numbers, "nextSequence"),
        number(numbers, "oldestKept"),
        number(numbers, "waiting"),
        number(numbers, "dropped"));
  }

  private static long number(Map<String, Long> numbers, String name) throws IOException {
    Long number = numbers.get(name);
    require(number != null && number >= 0, "a number " + name);
    return number == null ? 0 : number;
  }

  private static void require(boolean holds, String what) throws IOException {
    if (!holds) {
      throw new IOException("what an agent's journal says must have " + what);
    }
  }
}
