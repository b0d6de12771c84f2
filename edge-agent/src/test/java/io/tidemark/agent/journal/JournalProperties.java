package io.tidemark.agent.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.wire.Batch;
import io.tidemark.wire.BatchHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/**
 * Whatever is done to a journal, in whatever order, with a disk that fails now and then: at the end
 * every number of every epoch was delivered, or declared dropped, and never neither.
 */
class JournalProperties {

  /** What became of each number of one epoch. */
  private static final class Fate {
    final Map<Long, String> byNumber = new HashMap<>();
    long nextSequence;
  }

  @Property(tries = 60, seed = "20260501")
  void everyNumberIsAccountedFor(@ForAll long seed) throws Exception {
    Path dir = Files.createTempDirectory("journal");
    try {
      new Run(dir, seed).run();
    } finally {
      delete(dir);
    }
  }

  private static final class Run {
    private final Random random;
    private final Bench bench;
    private final Map<Long, Fate> fates = new HashMap<>();
    private final Map<Long, Parcel> out = new HashMap<>();
    private @Nullable Journal journal;
    private long recorded;

    Run(Path dir, long seed) {
      random = new Random(seed);
      bench = new Bench(dir);
      bench.maxBytes = 3_000;
      bench.maxAge = Duration.ofMinutes(30);
    }

    void run() throws JournalException {
      Journal open = reopen();
      for (int step = 0; step < 120; step++) {
        open = step(open);
        JournalCounts counts = open.counts();
        assertThat(counts.bytes()).isLessThan(3_000 + 1_500); // batches, and few declarations
      }
      bench.failBeforeCommit = null;
      bench.failAfterCommit = null;
      open.putBackAll();
      open.flush();
      drain(open);
      assertThat(open.isDrained()).isTrue();
      open.close();
      check();
    }

    private Journal step(Journal open) throws JournalException {
      int choice = random.nextInt(100);
      if (choice < 40) {
        int count = 1 + random.nextInt(20);
        for (int i = 0; i < count; i++) {
          bench.now = bench.now.plusMillis(random.nextInt(100));
          recorded += open.record(bench.reading("s" + random.nextInt(3))) ? 1 : 0;
        }
      } else if (choice < 60) {
        open.flush();
      } else if (choice < 70) {
        open.take(1 + random.nextInt(4)).forEach(parcel -> out.put(parcel.id(), parcel));
      } else if (choice < 80) {
        settleSome(open);
      } else if (choice < 84) {
        open.putBackAll();
        out.clear();
      } else if (choice < 88) {
        bench.passes(Duration.ofMinutes(random.nextInt(20)));
      } else if (choice < 91) {
        bench.failBeforeCommit = random.nextBoolean() ? "disk I/O error" : null;
      } else if (choice < 94) {
        bench.failAfterCommit = random.nextBoolean() ? "fsync failed" : null;
      } else if (choice < 97) {
        bench.failBeforeCommit = null; // otherwise what is in memory would be lost with the process
        bench.failAfterCommit = null;
        return reopen();
      } else {
        bench.now = bench.now.minusSeconds(random.nextInt(200));
      }
      return open;
    }

    private Journal reopen() throws JournalException {
      if (journal != null) {
        journal.close();
      }
      out.clear();
      journal = bench.open();
      return journal;
    }

    private void settleSome(Journal open) {
      for (Parcel parcel : new ArrayList<>(out.values())) {
        int choice = random.nextInt(10);
        if (choice < 6) {
          delivered(Bench.decode(parcel));
          open.acknowledged(parcel.id());
          out.remove(parcel.id());
        } else if (choice == 6) {
          open.setAside(parcel.id(), "refused:0x99");
          if (parcel.declaresDrop()) {
            delivered(
                Bench.decode(
                    parcel)); // a refused declaration is the one thing that is given up silently
          }
          out.remove(parcel.id());
        } else if (choice == 7) {
          open.putBack(parcel.id());
          out.remove(parcel.id());
        }
      }
    }

    private void drain(Journal open) {
      for (int round = 0; round < 50 && !open.isDrained(); round++) {
        Bench.deliverAll(open).forEach(this::delivered);
        for (StatusNote note : open.statuses()) {
          delivered(Bench.decode(note.bytes()));
          open.statusAcknowledged(note);
        }
      }
    }

    private void delivered(Batch batch) {
      BatchHeader header = batch.header();
      Fate fate = fates.computeIfAbsent(header.epoch(), epoch -> new Fate());
      fate.nextSequence = Math.max(fate.nextSequence, header.nextSequence());
      for (int i = 0; i < header.count(); i++) {
        String what =
            header.kind() == BatchHeader.Kind.DROP
                ? "dropped"
                : batch.readings().get(i).values().toString();
        fate.byNumber.merge(
            header.firstSequence() + i,
            what,
            (before, now) -> {
              // stored wins over dropped; stored twice must be the same reading
              boolean same =
                  before.equals(now) || before.equals("dropped") || now.equals("dropped");
              assertThat(same)
                  .as("number %d was %s and is %s", header.firstSequence(), before, now)
                  .isTrue();
              return before.equals("dropped") ? now : before;
            });
      }
    }

    private void check() {
      long produced = 0;
      List<String> stored = new ArrayList<>();
      for (Fate fate : fates.values()) {
        assertThat(fate.byNumber).hasSize((int) fate.nextSequence);
        produced += fate.nextSequence;
        fate.byNumber.values().stream()
            .filter(what -> !what.equals("dropped"))
            .forEach(stored::add);
      }
      assertThat(produced).isEqualTo(recorded);
      assertThat(stored).doesNotHaveDuplicates(); // no reading under two numbers
    }
  }

  private static void delete(Path dir) throws IOException {
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
