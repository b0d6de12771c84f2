package io.tidemark.sim.link.coap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A payload on its way by POST: whole, or block by block (RFC 7959, Block1). Owned by its link's
 * loop.
 */
final class Post {
  /**
   * Most bytes in one message, and in a block: what is carried without fragments nearly everywhere
   * (RFC 7252, section 4.6). A gateway may ask for smaller blocks.
   */
  static final int BLOCK_MAX_BYTES = 1_024;

  /** The size exponent of {@link #BLOCK_MAX_BYTES}: a block has 2^(exponent + 4) bytes. */
  private static final int SZX_MAX = 6;

  private static final int MORE = 8;

  private final int key;
  private final List<CoapOption> options;
  private final byte[] payload;
  private boolean inBlocks;
  private int szx = SZX_MAX;
  private int offset;

  /**
   * @param key what its link's listener knows it by
   * @param options of every block, with numbers up to Content-Format's
   * @param payload not to be changed any more
   */
  Post(int key, List<CoapOption> options, byte[] payload) {
    this.key = key;
    this.options = options;
    this.payload = payload;
    this.inBlocks = payload.length > BLOCK_MAX_BYTES;
  }

  int key() {
    return key;
  }

  /** Whether nothing of it has been acknowledged. */
  boolean isBeginning() {
    return offset == 0;
  }

  /** The message that is due: the payload, or its next block. */
  CoapMessage message(int id, byte[] token) {
    if (!inBlocks) {
      return new CoapMessage(CoapMessage.Type.CON, CoapMessage.POST, id, token, options, payload);
    }
    List<CoapOption> all = new ArrayList<>(options);
    int more = hasMore() ? MORE : 0;
    all.add(CoapOption.uint(CoapOption.BLOCK1, ((long) number() << 4) | more | szx));
    if (offset == 0) {
      all.add(CoapOption.uint(CoapOption.SIZE1, payload.length)); // may be refused at once
    }
    byte[] block = Arrays.copyOfRange(payload, offset, Math.min(end(), payload.length));
    return new CoapMessage(CoapMessage.Type.CON, CoapMessage.POST, id, token, all, block);
  }

  /** True if a success like this one is about all of the payload. */
  boolean isWholeIn(CoapMessage response) {
    return !inBlocks || (!hasMore() && acknowledges(response.option(CoapOption.BLOCK1)));
  }

  /**
   * Goes on to the next block, as this 2.31 says; smaller from now on if it asks for that (RFC
   * 7959, section 2.3).
   *
   * @return false if it does not say so
   */
  boolean advance(CoapMessage response) {
    CoapOption block = response.option(CoapOption.BLOCK1);
    if (!inBlocks || !hasMore() || block == null || !acknowledges(block)) {
      return false;
    }
    offset = end();
    szx = Math.min(szx, (int) block.uint() & 7);
    return true;
  }

  /**
   * Begins again in smaller blocks, if this 4.13 says that they were too large (RFC 7959, section
   * 2.9.3).
   *
   * @return false if it does not: then the payload itself is
   */
  boolean beginsSmaller(CoapMessage response) {
    CoapOption block = response.option(CoapOption.BLOCK1);
    int asked = block == null || block.value().length > 3 ? SZX_MAX : (int) block.uint() & 7;
    if (asked >= szx || payload.length <= 1 << (asked + 4)) {
      return false;
    }
    szx = asked;
    offset = 0;
    inBlocks = true;
    return true;
  }

  private boolean acknowledges(@Nullable CoapOption block) {
    if (block == null || block.value().length > 3 || (block.uint() & 7) > SZX_MAX) {
      return false;
    }
    return block.uint() >> 4 == number();
  }

  private boolean hasMore() {
    return end() < payload.length;
  }

  private int number() {
    return offset >> (szx + 4);
  }

  private int end() {
    return offset + (1 << (szx + 4));
  }
}
