package io.tidemark.gateway.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidemark.gateway.identity.AccessLists.Refusal;
import io.tidemark.identity.Bars;
import io.tidemark.identity.Credential;
import io.tidemark.identity.Identity;
import io.tidemark.identity.ListSeal;
import io.tidemark.identity.Role;
import io.tidemark.identity.TestAuthority;
import io.tidemark.wire.AccessList;
import io.tidemark.wire.AccessList.Barred;
import io.tidemark.wire.AccessListCodec;
import io.tidemark.wire.Limits;
import io.tidemark.wire.SignedAccessList;
import io.tidemark.wire.SignedAccessListCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessListsTest {
  private static final TestAuthority OURS = new TestAuthority("ours");
  private static final TestAuthority OTHERS = new TestAuthority("others");
  private static final Credential INGEST = of(Role.INGEST);
  private static final Identity D1 = new Identity(Role.DEVICE, "d1");

  @TempDir private Path temporary;

  private static byte[] list(long version, Barred... barred) {
    return SignedAccessListCodec.encode(signed(INGEST, Instant.now(), version, barred));
  }

  private static SignedAccessList signed(
      Credential by, Instant at, long version, Barred... barred) {
    try {
      return ListSeal.sign(
          AccessListCodec.encode(new AccessList(version, List.of(barred), List.of(), List.of())),
          by,
          at);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Credential of(Role role) {
    return OURS.credential(new Identity(role, "one"));
  }

  private static byte[] without(long version) {
    return list(version, new Barred("device", "d1", 0));
  }

  @Test
  void whatHasComeHoldsAtOnceAndAfterARestart() throws Exception {
    Path folder = temporary.resolve("new");
    AtomicInteger told = new AtomicInteger();
    AccessLists lists = AccessLists.open(folder, OURS.trust());
    lists.onChange(told::incrementAndGet);
    assertThat(lists.version()).isZero();
    assertThat(lists.bytes()).isEmpty();

    byte[] seven = without(7);
    lists.take(seven, "test");
    assertThat(told).hasValue(1);
    assertThat(lists.bars().isShutOut(D1)).isTrue();
    assertThat(lists.get().version()).isEqualTo(7);
    lists.close();
    Path file = folder.resolve("access-list");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    try (AccessLists again = AccessLists.open(folder, OURS.trust())) {
      assertThat(again.version()).isEqualTo(7);
      assertThat(again.bytes()).isEqualTo(seven);
      assertThat(again.bars().isShutOut(D1)).isTrue();
    }
  }

  private static void taken(AccessLists lists, byte[] list) {
    try {
      lists.take(list, "test");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Who asks does not wait for it. */
  @Test
  void whatIsMadeOfAListIsMadeOnceByWhoBringsIt() throws Exception {
    List<String> made = new CopyOnWriteArrayList<>();
    Path folder = temporary.resolve("index");
    try (AccessLists lists = AccessLists.open(folder, OURS.trust())) {
      lists.take(without(7), "test");
      Supplier<Long> version =
          lists.index(
              list -> {
                made.add(list.version() + Thread.currentThread().getName());
                return list.version();
              });
      String here = Thread.currentThread().getName();
      AtomicInteger before = new AtomicInteger();
      lists.onChange(() -> before.set(made.size()));
      Thread bringing = new Thread(() -> taken(lists, list(8)), "brings");
      bringing.start();
      bringing.join();
      lists.take(list(8), "test");
      lists.take(list(6), "test");
      assertThat(made).containsExactly(7 + here, "8brings");
      assertThat(before).as("when others were told").hasValue(2);
      assertThat(version.get()).isEqualTo(8);
      assertThat(made).hasSize(2);
    }
  }

  @Test
  void onlyANewerOneIsTaken() throws Exception {
    AtomicInteger told = new AtomicInteger();
    try (AccessLists lists = AccessLists.open(temporary, OURS.trust())) {
      lists.take(without(7), "test");
      lists.onChange(told::incrementAndGet);
      lists.take(list(7), "test");
      lists.take(list(6), "test");
      assertThatThrownBy(() -> lists.take(new byte[] {9, 9}, "test"))
          .isInstanceOf(IOException.class);
      assertThat(lists.bars().isShutOut(D1)).isTrue();
      assertThat(told).hasValue(0);
      lists.take(list(8), "test");
      assertThat(lists.bars().isShutOut(D1)).isFalse();
      assertThat(told).hasValue(1);
    }
  }

  @Test
  void anotherGatewaysListHoldsOnlyWhileIngestIsSilent() throws Exception {
    try (AccessLists lists = AccessLists.open(temporary, OURS.trust())) {
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

  private static SignedAccessList with(SignedAccessList signed, byte[] list, byte[] signature) {
    return new SignedAccessList(list, signed.signedAt(), signed.chain(), signature);
  }

  private static byte[] changed(byte[] bytes) {
    byte[] changed = bytes.clone();
    changed[changed.length - 1] ^= 1;
    return changed;
  }

  /** Whoever gives it, ingest too, though that has proved who it is. */
  @Test
  void whatIngestHasNotSignedIsNotTakenAndCounted() throws Exception {
    Instant now = Instant.now();
    Barred d1 = new Barred("device", "d1", 0);
    SignedAccessList good = signed(INGEST, now, 9, d1);
    SignedAccessList other = signed(INGEST, now, 10);
    Credential strange = OTHERS.credential(new Identity(Role.INGEST, "ingest"));
    try (AccessLists lists = AccessLists.open(temporary, OURS.trust())) {
      lists.take(without(7), "test");
      assertRefused(lists, Refusal.WRONG_ROLE, signed(of(Role.GATEWAY), now, 9));
      assertRefused(lists, Refusal.UNTRUSTED, signed(of(Role.DEVICE), now, 9));
      assertRefused(lists, Refusal.UNTRUSTED, signed(strange, now, 9));
      assertRefused(lists, Refusal.UNTRUSTED, signed(INGEST, now.minusSeconds(600), 9));
      assertRefused(lists, Refusal.UNTRUSTED, signed(INGEST, now.plusSeconds(7_200), 9));
      assertRefused(lists, Refusal.FORGED, with(good, changed(good.list()), good.signature()));
      assertRefused(lists, Refusal.FORGED, with(good, good.list(), changed(good.signature())));
      assertRefused(lists, Refusal.FORGED, with(good, good.list(), other.signature()));
      assertRefused(lists, Refusal.FORGED, with(good, good.list(), new byte[] {1}));
      assertRefused(
          lists,
          Refusal.FORGED,
          new SignedAccessList(good.list(), good.signedAt() + 1, good.chain(), good.signature()));
      assertRefused(
          lists,
          Refusal.FORGED,
          new SignedAccessList(
              good.list(),
              good.signedAt(),
              signed(of(Role.INGEST), now, 9).chain(),
              good.signature()));
      assertRefused(
          lists,
          Refusal.UNTRUSTED,
          new SignedAccessList(
              good.list(), good.signedAt(), List.of(new byte[] {1}), good.signature()));
      byte[] bare = good.list();
      assertThatThrownBy(() -> lists.take(bare, "test")).isInstanceOf(IOException.class);
      assertThat(lists.refused(Refusal.MALFORMED)).isOne();
      lists.offered(list(6), "gateway g2");
      assertThat(lists.refused(Refusal.OLDER)).isOne();
      lists.offered(list(Limits.NUMBER_MAX / 2 + 1), "gateway g2");
      assertThat(lists.refused(Refusal.TOO_HIGH)).isOne();
      assertThat(lists.version()).isEqualTo(7);
      assertThat(lists.bars().isShutOut(D1)).isTrue();
    }
  }

  private static void assertRefused(AccessLists lists, Refusal why, SignedAccessList signed) {
    long before = lists.refused(why);
    byte[] bytes = SignedAccessListCodec.encode(signed);
    assertThatThrownBy(() -> lists.offered(bytes, "gateway g2")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> lists.take(bytes, "ingest")).isInstanceOf(IOException.class);
    assertThat(lists.refused(why)).isEqualTo(before + 2);
  }

  /** By a gateway that hears nobody, for as long as that lasts. */
  @Test
  void aListHoldsAlthoughTheCertificateHasEndedThatSignedIt() throws Exception {
    Instant then = Instant.now().minus(Duration.ofDays(20));
    Credential ended =
        OURS.credential(new Identity(Role.INGEST, "ingest"), then, then.plus(Duration.ofDays(1)));
    byte[] old =
        SignedAccessListCodec.encode(
            signed(ended, then.plusSeconds(60), 7, new Barred("device", "d1", 0)));
    try (AccessLists lists = AccessLists.open(temporary, OURS.trust())) {
      lists.offered(old, "gateway g2");
    }
    try (AccessLists again = AccessLists.open(temporary, OURS.trust())) {
      assertThat(again.bars().isShutOut(D1)).isTrue();
    }
    try (AccessLists others = AccessLists.open(temporary, OTHERS.trust())) {
      assertThat(others.version()).as("of another authority").isZero();
    }
  }

  @Test
  void aListenerThatThrowsKeepsNobodyElseFromBeingTold() throws Exception {
    AtomicInteger told = new AtomicInteger();
    try (AccessLists lists = AccessLists.open(temporary, OURS.trust())) {
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
    byte[] seven = without(7);
    try (AccessLists lists = AccessLists.open(temporary, OURS.trust())) {
      lists.take(seven, "test");
    }
    Path file = temporary.resolve("access-list");
    byte[] whole = Files.readAllBytes(file);
    for (int at : new int[] {0, 7, 12, whole.length - 1}) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      try (AccessLists lists = AccessLists.open(temporary, OURS.trust())) {
        assertThat(lists.version()).as("byte " + at).isZero();
      }
    }
    Files.write(file, new byte[3]);
    try (AccessLists lists = AccessLists.open(temporary, OURS.trust())) {
      assertThat(lists.bars()).isSameAs(Bars.NONE);
      lists.take(seven, "test");
    }
    assertThat(file).hasBinaryContent(whole);
  }
}
