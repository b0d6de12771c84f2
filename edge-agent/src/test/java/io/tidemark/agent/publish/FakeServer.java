package io.tidemark.agent.publish;

import io.tidemark.wire.Batch;
import java.net.URI;
import java.util.List;
import java.util.function.Function;

/**
 * A gateway of one protocol, as far as it does not matter which: it answers each batch as a script
 * says, and remembers what it was sent.
 */
public interface FakeServer extends AutoCloseable {

  /** What to do with a batch; each protocol has more of them. */
  interface Answer {}

  /**
   * One batch as it arrived.
   *
   * @param address topic or path
   * @param type content type or format
   * @param connection which connection, or whose socket, counted from 1
   */
  record Arrival(Batch batch, String address, String type, int connection, boolean accepted) {}

  /** Listens, after a stop at the same address. */
  FakeServer start() throws Exception;

  void stop() throws Exception;

  URI uri();

  FakeServer answers(Function<Batch, Answer> script);

  List<Arrival> arrivals();

  Answer accept();

  Answer refuseForGood();

  Answer refuseForNow();

  Answer silence();

  Answer after(long millis, Answer answer);

  default List<Batch> accepted() {
    return arrivals().stream().filter(Arrival::accepted).map(Arrival::batch).toList();
  }

  @Override
  void close() throws Exception;
}
