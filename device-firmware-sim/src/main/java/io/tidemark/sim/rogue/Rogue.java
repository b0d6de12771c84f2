package io.tidemark.sim.rogue;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One rogue: acts at its own pace, against one gateway after the other. All of it happens on its
 * loop.
 */
final class Rogue {
  private static final String COAP = "coap";
  private static final int MQTT_PORT = 1883;
  private static final int COAP_PORT = 5683;

  /** So that what is not read stands in the gateway's way soon. */
  private static final int DEAF_RECEIVE_BYTES = 4 << 10;

  private final RogueKind kind;
  private final int number;
  private final String name;
  private final RogueSettings settings;
  private final EventLoop loop;
  private final Tally tally;
  private final AtomicInteger socketsLeft;
  private final Set<Attempt> open = new LinkedHashSet<>();
  private long acts;
  private boolean stopped;

  /**
   * @param number among all rogues, from 0
   * @param socketsLeft how many more may be open, of all rogues together
   */
  Rogue(
      RogueKind kind,
      int number,
      String name,
      RogueSettings settings,
      EventLoop loop,
      Tally tally,
      AtomicInteger socketsLeft) {
    this.kind = kind;
    this.number = number;
    this.name = name;
    this.settings = settings;
    this.loop = loop;
    this.tally = tally;
    this.socketsLeft = socketsLeft;
  }

  /** Begins, at a moment that the seed decides, so that not all act in step. */
  void start(Duration every) {
    long millis = every.toMillis();
    long first = new Dice(settings.seed(), number, -1).below((int) millis);
    // With a pause between acts: what could not be done in time is not made up for.
    loop.scheduleWithFixedDelay(this::act, first, millis, TimeUnit.MILLISECONDS);
  }

  /** From now on it does nothing. */
  void stop() {
    stopped = true;
  }

  /** Ends everything. */
  void end() {
    Set.copyOf(open).forEach(Attempt::abandon);
  }

  private void act() {
    if (stopped) {
      return;
    }
    if (open.size() >= kind.openMax()) {
      List.copyOf(open).forEach(Attempt::goOn); // one may end by it
      return;
    }
    if (socketsLeft.getAndDecrement() <= 0) {
      socketsLeft.incrementAndGet();
      return;
    }
    URI gateway = settings.gateways().get((int) ((number + acts) % settings.gateways().size()));
    Mischief.Who who = new Mischief.Who(name, name + "-" + acts, settings.devices());
    Dice dice = new Dice(settings.seed(), number, acts++);
    if (gateway.getScheme().equals(COAP)) {
      overCoap(gateway, kind.mischief().coap(dice, who));
    } else {
      overMqtt(gateway, kind.mischief().mqtt(dice, who));
    }
  }

  private void overMqtt(URI gateway, MqttAct act) {
    Attempt attempt = attempt(act.manner() == Manner.WAITS);
    Bootstrap bootstrap =
        new Bootstrap()
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.patience().toMillis())
            // It leaves without a word, and no port waits after it.
            .option(ChannelOption.SO_LINGER, 0);
    if (act.manner() == Manner.DEAF) {
      bootstrap.option(ChannelOption.SO_RCVBUF, DEAF_RECEIVE_BYTES);
    }
    open(bootstrap, gateway, MQTT_PORT, attempt, new MqttEar(act, attempt));
  }

  private void overCoap(URI gateway, CoapAct act) {
    // Nobody ever ends a socket over UDP, but a deaf one wants nothing else.
    Attempt attempt = attempt(act.manner() != Manner.DEAF);
    Bootstrap bootstrap = new Bootstrap().channel(NioDatagramChannel.class);
    open(bootstrap, gateway, COAP_PORT, attempt, new CoapEar(act, attempt));
  }

  private Attempt attempt(boolean impatient) {
    Attempt[] self = new Attempt[1];
    Attempt attempt =
        new Attempt(
            tally,
            impatient ? settings.patience().toMillis() : 0,
            () -> {
              socketsLeft.incrementAndGet();
              open.remove(self[0]);
            });
    self[0] = attempt;
    open.add(attempt);
    return attempt;
  }

  private void open(
      Bootstrap bootstrap, URI gateway, int usualPort, Attempt attempt, ChannelHandler ear) {
    int port = gateway.getPort() < 0 ? usualPort : gateway.getPort();
    attempt.opening(bootstrap.group(loop).handler(ear).connect(gateway.getHost(), port));
  }
}
