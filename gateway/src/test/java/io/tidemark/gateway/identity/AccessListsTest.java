package io.tidemark.gateway.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.identity.Bars;
import io.tidemark.identity.Identity;
import io.tidemark.identity.Role;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessList.Barred;
import io.tidemark.wire.AccessListCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.WireFormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessListsTest {
  private static final Identity D1 = new Identity(Role.DEVICE, "d1");

  @TempDir private Path temporary;

  private static byte[] list(long version, Barred... barred) {
    return AccessListCodec.encode(new AccessList(version, List.of(barred), List.of(), List.of()));
  }

  private static byte[] without(long version) {
    return list(version, new Barred("device", "d1", 0));
  }

  @Test
  void whatHasComeHoldsAtOnceAndAfterARestart() throws Exception {
    Path folder = temporary.resolve("new");
    AtomicInteger told = new AtomicInteger();
    AccessLists lists = AccessLists.open(folder);
    lists.onChange(told::incrementAndGet);
    assertThat(lists.version()).isZero();
    assertThat(lists.bytes()).isEmpty();

    lists.take(without(7), "test");
    assertThat(told).hasValue(1);
    assertThat(lists.bars().isShutOut(D1)).isTrue();
    assertThat(lists.get().version()).isEqualTo(7);
    lists.close();
    Path file = folder.resolve("access-list");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    try (AccessLists again = AccessLists.open(folder)) {
      assertThat(again.version()).isEqualTo(7);
      assertThat(again.bytes()).isEqualTo(without(7));
      assertThat(again.bars().isShutOut(D1)).isTrue();
    }
  }

  private static void taken(AccessLists lists, byte[] list) {
    try {
      lists.take(list, "test");
    } catch (WireFormatException e) {
      throw new AssertionError(e);
    }
  }

  /** Who asks does not wait for it. */
  @Test
  void whatIsMadeOfAListIsMadeOnceByWhoBringsIt() throws Exception {
    List<String> made = new CopyOnWriteArrayList<>();
    Path folder = temporary.resolve("index");
    try (AccessLists lists = AccessLists.open(folder)) {
      lists.take(without(7), "test");
      Supplier<Long> version =
          lists.index(
              list -> {
                made.add(list.version() + Thread.currentThread().getName());
                return list.version();
              });
      String here = Thread.currentThread().getName();
      AtomicLong seen = new AtomicLong();
      lists.onChange(() -> seen.set(version.get()));
      Thread bringing = new Thread(() -> taken(lists, list(8)), "brings");
      bringing.start();
      bringing.join();
      lists.take(list(8), "test");
      lists.take(list(6), "test");
      assertThat(version.get()).isEqualTo(8);
      assertThat(seen).as("by who is told").hasValue(8);
      assertThat(made).containsExactly(7 + here, "8brings");
    }
  }

  @Test
  void onlyANewerOneIsTaken() throws Exception {
    AtomicInteger told = new AtomicInteger();
    try (AccessLists lists = AccessLists.open(temporary)) {
      lists.take(without(7), "test");
      lists.onChange(told::incrementAndGet);
      lists.take(list(7), "test");
      lists.take(list(6), "test");
      assertThatThrownBy(() -> lists.take(new byte[] {9, 9}, "test"))
          .isInstanceOf(WireFormatException.class);
      assertThat(lists.bars().isShutOut(D1)).isTrue();
      assertThat(told).hasValue(0);
      lists.take(list(8), "test");
      assertThat(lists.bars().isShutOut(D1)).isFalse();
      assertThat(told).hasValue(1);
    }
  }

  @Test
  void anotherGatewaysListHoldsOnlyWhileIngestIsSilent() throws Exception {
    try (AccessLists lists = AccessLists.open(temporary)) {
      lists.offered(without(7), "gateway g2");
      assertThat(lists.version()).isEqualTo(7);
      lists.offered(list(Limits.NUMBER_MAX / 2 + 1), "gateway g2");
      assertThat(lists.version()).isEqualTo(7);
      lists.ingestAnswers();
      lists.offered(list(8), "gateway g2");
      assertThat(lists.version()).isEqualTo(7);
      lists.take(list(8), "ingest");
      assertThat(lists.version()).isEqualTo(8);
    }
  }

  @Test
  void aListenerThatThrowsKeepsNobodyElseFromBeingTold() throws Exception {
    AtomicInteger told = new AtomicInteger();
    try (AccessLists lists = AccessLists.open(temporary)) {
      lists.onChange(
          () -> {
            throw new IllegalStateException("a test");
          });
      lists.onChange(told::incrementAndGet);
      lists.take(without(7), "test");
      assertThat(told).hasValue(1);
    }
  }

  @Test
  void aDamagedFileIsNoneAndTheNextListTakesItsPlace() throws Exception {
    try (AccessLists lists = AccessLists.open(temporary)) {
      lists.take(without(7), "test");
    }
    Path file = temporary.resolve("access-list");
    byte[] whole = Files.readAllBytes(file);
    for (int at : new int[] {0, 7, 12, whole.length - 1}) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      try (AccessLists lists = AccessLists.open(temporary)) {
        assertThat(lists.version()).as("byte " + at).isZero();
      }
    }
    Files.write(file, new byte[3]);
    try (AccessLists lists = AccessLists.open(temporary)) {
      assertThat(lists.bars()).isSameAs(Bars.NONE);
      lists.take(without(7), "test");
    }
    assertThat(file).hasBinaryContent(whole);
  }
}
