package io.tidemark.ingest.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemark.ingest.access.Access;
import io.tidemark.ingest.access.Holder;
import io.tidemark.ingest.api.LiveEvents.Event;
import io.tidemark.ingest.storage.Row;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One who listens to the stream: a place in the ring, and a connection. Nothing is kept for it
 * beyond what the connection takes at once; if the connection takes nothing for {@link
 * #STALLED_MAX_MILLIS} it is closed.
 *
 * <p>Runs on its connection's event loop; only {@link #wake} is called from elsewhere.
 */
final class Listener {
  private static final int EVENTS_A_TURN = 256;
  private static final long HEARTBEAT_MILLIS = 15_000;

  /** How long a connection may take nothing, in milliseconds. */
  private static final long STALLED_MAX_MILLIS = 30_000;

  private final Vertx vertx;
  private final Context context;
  private final HttpServerResponse response;
  private final LiveEvents events;
  private final ObjectMapper json;
  private final @Nullable String device;
  private final Access access;
  private final @Nullable Holder holder;
  private final Runnable onClose;
  private final Runnable recheck = this::recheck;
  private final Runnable wake = this::wake;
  private final AtomicBoolean woken = new AtomicBoolean();
  private long next;
  private boolean gap;
  private boolean closed;
  private long heartbeat;
  private long fullSince = -1;

  Listener(
      Vertx vertx,
      HttpServerResponse response,
      LiveEvents events,
      ObjectMapper json,
      @Nullable String device,
      @Nullable String lastEventId,
      Access access,
      @Nullable Holder holder,
      Runnable onClose) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.response = response;
    this.events = events;
    this.json = json;
    this.device = device;
    this.access = access;
    this.holder = holder;
    this.onClose = onClose;
    next = events.next();
    if (lastEventId != null) {
      long after = events.after(lastEventId);
      gap = after < 0;
      next = gap ? next : after;
    }
  }

  void start() {
    response.exceptionHandler(failure -> close());
    response.closeHandler(nothing -> close());
    response.drainHandler(nothing -> turn());
    heartbeat = vertx.setPeriodic(HEARTBEAT_MILLIS, timer -> beat());
    response.write("retry: 2000\n: tidemark\n\n");
    events.listen(wake);
    access.listen(recheck);
    turn();
  }

  private void wake() {
    if (woken.compareAndSet(false, true)) {
      context.runOnContext(nothing -> turn());
    }
  }

  private void turn() {
    woken.set(false);
    while (!closed && !response.writeQueueFull()) {
      fullSince = -1;
      long oldest = events.oldest();
      if (next < oldest) {
        gap = true;
        next = oldest;
      }
      if (gap) {
        gap = false;
        response.write(
            "event: gap\ndata: {\"rule\":\"events were missed; read the current state anew\"}\n\n");
      }
      List<Event> batch = events.from(next, EVENTS_A_TURN);
      if (batch.isEmpty()) {
        return;
      }
      StringBuilder text = new StringBuilder();
      for (Event event : batch) {
        next = event.number() + 1;
        if (device == null || device.equals(event.device())) {
          append(text, event);
        }
      }
      if (!text.isEmpty()) {
        response.write(text.toString());
      }
    }
    if (!closed && fullSince < 0) {
      fullSince = System.nanoTime();
    }
  }

  private void append(StringBuilder text, Event event) {
    String id = events.id(event);
    if (id != null) {
      text.append("id: ").append(id).append('\n');
    }
    text.append("event: ").append(event.type()).append('\n');
    text.append("data: ").append(write(json, data(event))).append("\n\n");
  }

  private static Object data(Event event) {
    if (event.data() instanceof Row row) {
      Map<String, Object> reading = new LinkedHashMap<>();
      reading.put("device", row.key().device());
      reading.put("sensor", row.reading().sensor());
      reading.put("kind", row.reading().kind());
      reading.put("epoch", row.key().epoch());
      reading.put("sequence", row.sequence());
      reading.put("time", Times.format(row.reading().timeNanos()));
      reading.put("values", Views.plainValues(row.reading().values()));
      return reading;
    }
    return event.data();
  }

  static String write(ObjectMapper json, Object value) {
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot say " + value.getClass() + " in JSON", e);
    }
  }

  /** A stream is over with the session or key that opened it. */
  private void recheck() {
    Holder opener = holder;
    if (opener == null) {
      return;
    }
    Future<Boolean> asked = vertx.executeBlocking(() -> access.isGood(opener), false);
    asked.onComplete(
        answer -> context.runOnContext(nothing -> endUnless(answer.failed() || answer.result())));
  }

  private void endUnless(boolean isGood) {
    if (!isGood && !closed) {
      response.end();
      close();
    }
  }

  private void beat() {
    recheck();
    if (fullSince >= 0 && System.nanoTime() - fullSince > STALLED_MAX_MILLIS * 1_000_000L) {
      response.reset();
      close();
    } else if (!response.writeQueueFull()) {
      response.write(": alive\n\n");
    }
  }

  private void close() {
    if (!closed) {
      closed = true;
      vertx.cancelTimer(heartbeat);
      events.unlisten(wake);
      access.unlisten(recheck);
      onClose.run();
    }
  }
}
