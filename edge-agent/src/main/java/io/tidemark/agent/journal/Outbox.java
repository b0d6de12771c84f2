package io.tidemark.agent.journal;

import java.util.List;

/**
 * The way out of the journal: all that who publishes knows of it. What is taken stays in the
 * journal until it is acknowledged or set aside; until then it is out, and not given a second time
 * unless put back.
 *
 * <p>All methods may be called by any thread and throw nothing when the disk fails: then nothing
 * can be taken, and what was acknowledged is remembered and written once the disk is back. At worst
 * it is sent again.
 */
public interface Outbox {

  /** At most {@code max} of what is not out, oldest numbers first; empty if there is none. */
  List<Parcel> take(int max);

  /** The receiver has it on a quorum: it may go. Unknown ids (dropped meanwhile) are ignored. */
  void acknowledged(long id);

  /**
   * The receiver will never take it: it is moved aside, kept as long as there is room, and its
   * numbers are declared dropped for {@code reason}. A drop declaration that is refused is itself
   * only moved aside, so that refusals end.
   *
   * @param reason such as {@code refused:0x99}
   */
  void setAside(long id, String reason);

  /** It was not delivered and may be taken again. */
  void putBack(long id);

  /**
   * Nothing is out any more: the connection is gone. What was already acknowledged or set aside
   * remains so.
   */
  void putBackAll();

  /**
   * What the device has to say of itself now: the current epoch, and closed epochs whose last
   * status is still owed.
   */
  List<StatusNote> statuses();

  /** A status was acknowledged; the last one of a closed epoch finishes that epoch. */
  void statusAcknowledged(StatusNote note);

  /** Writes down what was acknowledged; readings not yet committed too. */
  void flush();

  /**
   * True if nothing is left to send: no batch, no declaration, no last status of a closed epoch.
   */
  boolean isDrained();

  /**
   * Calls {@code listener} (which must not block) whenever there may be something new to take. One
   * listener.
   */
  void onNews(Runnable listener);
}
