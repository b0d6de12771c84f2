package io.tidemark.agent;

import io.tidemark.agent.journal.JournalView;
import java.util.List;
import java.util.stream.Collectors;

/** The journal's sums, for people and for programs. */
final class JournalReport {
  private JournalReport() {}

  /** One array; device names need no escaping, since they have no characters that would. */
  static String json(List<JournalView.Epoch> epochs) {
    return epochs.stream()
        .map(
            epoch ->
                ("{\"device\":\"%s\",\"epoch\":%d,\"nextSequence\":%d,\"oldestKept\":%d,\"waiting\":%d,\"dropped\":%d,"
                        + "\"setAside\":%d,\"undeclared\":%d}")
                    .formatted(
                        epoch.device(),
                        epoch.epoch(),
                        epoch.nextSequence(),
                        epoch.oldestKept(),
                        epoch.waiting(),
                        epoch.dropped(),
                        epoch.setAside(),
                        epoch.undeclared()))
        .collect(Collectors.joining(",", "[", "]"));
  }

  static String text(List<JournalView.Epoch> epochs) {
    return epochs.stream()
        .map(
            epoch ->
                "%s epoch %d: %d numbered, %d acknowledged, %d waiting (from %d on), %d dropped (%d of them set aside)"
                    .formatted(
                        epoch.device(),
                        epoch.epoch(),
                        epoch.nextSequence(),
                        epoch.nextSequence() - epoch.waiting() - epoch.dropped(),
                        epoch.waiting(),
                        epoch.oldestKept(),
                        epoch.dropped(),
                        epoch.setAside()))
        .collect(Collectors.joining(System.lineSeparator()));
  }
}
