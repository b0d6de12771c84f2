package io.tidemark.gateway.coap;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidemark.gateway.coap.BlockTransfers.Key;
import io.tidemark.gateway.coap.BlockTransfers.Part;
import io.tidemark.gateway.coap.BlockTransfers.Step;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.wire.Limits;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.californium.core.coap.BlockOption;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.junit.jupiter.api.Test;

class BlockTransfersTest {
  private static final int BLOCK_BYTES = 1_024;
  private static final int SZX = 6;
  private static final int COST_BYTES = BLOCK_BYTES + BlockTransfers.TRANSFER_OVERHEAD_BYTES;

  private final AtomicLong now = new AtomicLong();
  private final BlockTransfers transfers = new BlockTransfers(10 * COST_BYTES, 256 << 10, now::get);

  private static Key key(String peer) {
    return new Key(peer, "d1");
  }

  private Step add(String peer, int num, boolean more, int bytes) {
    return transfers.add(
        key(peer), new Part(new BlockOption(SZX, more, num), 50, 0, new byte[bytes]));
  }

  private static void assertFailed(Step step, ResponseCode code, Reason reason, String text) {
    assertThat(step).isInstanceOf(Step.Failed.class);
    Step.Failed failed = (Step.Failed) step;
    assertThat(failed.code()).isEqualTo(code);
    assertThat(failed.reason()).isEqualTo(reason);
    assertThat(failed.text()).contains(text);
  }

  @Test
  void aPayloadIsPutTogetherAndItsMemoryGivenBack() {
    assertThat(add("a", 0, true, BLOCK_BYTES)).isEqualTo(new Step.Continue());
    assertThat(add("a", 1, true, BLOCK_BYTES)).isEqualTo(new Step.Continue());
    assertThat(transfers.costBytes()).isEqualTo(COST_BYTES + BLOCK_BYTES);
    assertThat(((Step.Whole) add("a", 2, false, 7)).payload()).hasSize(2 * BLOCK_BYTES + 7);
    assertThat(transfers.costBytes()).isZero();
  }

  @Test
  void oneBlockMayBeAll() {
    assertThat(((Step.Whole) add("a", 0, false, 7)).payload()).hasSize(7);
    assertThat(((Step.Whole) add("a", 0, false, 0)).payload()).isEmpty();
    assertThat(transfers.costBytes()).isZero();
  }

  @Test
  void theFirstBlockStartsAnew() {
    add("a", 0, true, BLOCK_BYTES);
    add("a", 1, true, BLOCK_BYTES);
    assertThat(add("a", 0, true, BLOCK_BYTES)).isEqualTo(new Step.Continue());
    assertThat(((Step.Whole) add("a", 1, false, 1)).payload()).hasSize(BLOCK_BYTES + 1);
  }

  @Test
  void theBlockSizeMayShrink() {
    add("a", 0, true, BLOCK_BYTES);
    Step step =
        transfers.add(key("a"), new Part(new BlockOption(SZX - 1, false, 2), 50, 0, new byte[512]));
    assertThat(((Step.Whole) step).payload()).hasSize(BLOCK_BYTES + 512);
  }

  @Test
  void whatDoesNotFitIsGivenUp() {
    assertFailed(
        add("a", 1, true, BLOCK_BYTES),
        ResponseCode.REQUEST_ENTITY_INCOMPLETE,
        Reason.PROTOCOL,
        "not here: send it again from its first block");
    add("a", 0, true, BLOCK_BYTES);
    assertFailed(
        add("a", 2, true, BLOCK_BYTES),
        ResponseCode.REQUEST_ENTITY_INCOMPLETE,
        Reason.PROTOCOL,
        "begins at byte 2048, but 1024 have come");
    add("a", 0, true, BLOCK_BYTES);
    assertFailed(
        transfers.add(key("a"), new Part(new BlockOption(SZX, false, 1), 110, 0, new byte[1])),
        ResponseCode.REQUEST_ENTITY_INCOMPLETE,
        Reason.PROTOCOL,
        "another content format");
    assertFailed(
        add("a", 0, true, BLOCK_BYTES - 1),
        ResponseCode.BAD_REQUEST,
        Reason.PROTOCOL,
        "must have 1024 bytes");
    assertThat(transfers.costBytes()).isZero();
  }

  @Test
  void aPayloadHasALimit() {
    int last = Limits.BATCH_MAX_BYTES / BLOCK_BYTES - 1;
    BlockTransfers wide = new BlockTransfers(1 << 20, 256 << 10, now::get);
    for (int num = 0; num < last; num++) {
      wide.add(key("a"), new Part(new BlockOption(SZX, true, num), 50, 0, new byte[BLOCK_BYTES]));
    }
    Step whole =
        wide.add(
            key("a"), new Part(new BlockOption(SZX, false, last), 50, 0, new byte[BLOCK_BYTES]));
    assertThat(((Step.Whole) whole).payload()).hasSize(Limits.BATCH_MAX_BYTES);
    assertFailed(
        add("a", last + 1, false, 1),
        ResponseCode.REQUEST_ENTITY_TOO_LARGE,
        Reason.TOO_LARGE,
        "262144 bytes");
    assertFailed(
        add("a", (1 << 20) - 1, false, BLOCK_BYTES),
        ResponseCode.REQUEST_ENTITY_TOO_LARGE,
        Reason.TOO_LARGE,
        "262144 bytes");
  }

  @Test
  void theOneThatHasNotMovedForLongestIsGivenUpFirst() {
    for (int i = 0; i < 9; i++) {
      add("peer" + i, 0, true, BLOCK_BYTES);
    }
    add("peer0", 1, true, BLOCK_BYTES);
    for (int flood = 0; flood < 1_000; flood++) {
      add("forged" + flood, 0, true, BLOCK_BYTES);
      assertThat(transfers.costBytes()).isLessThanOrEqualTo(10L * COST_BYTES);
      if (flood == 0) {
        assertThat(add("peer1", 1, true, BLOCK_BYTES)).isInstanceOf(Step.Failed.class);
        assertThat(add("peer0", 2, true, BLOCK_BYTES)).isEqualTo(new Step.Continue());
      }
    }
  }

  @Test
  void whatStandsStillIsGivenUp() {
    add("a", 0, true, BLOCK_BYTES);
    now.addAndGet(TimeUnit.SECONDS.toNanos(BlockTransfers.IDLE_MAX_S) - 1);
    add("b", 0, true, BLOCK_BYTES);
    assertThat(transfers.costBytes()).isEqualTo(2L * COST_BYTES);
    now.incrementAndGet();
    assertThat(add("a", 1, true, BLOCK_BYTES)).isInstanceOf(Step.Failed.class);
    assertThat(transfers.costBytes()).isEqualTo(COST_BYTES);
  }
}
