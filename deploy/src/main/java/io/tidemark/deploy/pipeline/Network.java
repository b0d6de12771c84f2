package io.tidemark.deploy.pipeline;

import java.util.List;

/** Where the processes of a pipeline find each other, and where gateways can be cut off. */
public interface Network extends AutoCloseable {
  /** Everybody on 127.0.0.1, where nobody can be cut off. */
  Network LOOPBACK = new Loopback("127.0.0.1");

  /**
   * The same, but ingest and gateways listen at every address of this machine: people elsewhere
   * reach them, too. Gateways speak to each other on 127.0.0.1 alone.
   */
  Network OPEN = new Loopback("0.0.0.0");

  /** Where ingest listens, and is reached from everywhere. */
  String ingestHost();

  /** Where a gateway is reached by devices and over HTTP. */
  String gatewayHost(String gateway);

  /** Where a gateway is reached by the others. */
  String peerHost(String gateway);

  /**
   * Where one listens that is reached at this host, for devices, for people and for ingest's
   * clients.
   */
  default String listenHost(String host) {
    return host;
  }

  /** The command that runs another one where this gateway is. */
  List<String> inside(String gateway, List<String> command);

  /**
   * From now on this gateway and the others do not reach each other; devices and ingest reach it.
   */
  void isolate(String gateway) throws InterruptedException;

  /** From now on nobody reaches this gateway, and it reaches nobody. */
  void unplug(String gateway) throws InterruptedException;

  /** From now on what this gateway sends to the others is lost; what they send reaches it. */
  void mute(String gateway) throws InterruptedException;

  /** From now on what the others send to this gateway is lost; what it sends reaches them. */
  void deafen(String gateway) throws InterruptedException;

  /** From now on these two gateways do not reach each other; the others reach both. */
  void part(String gateway, String other) throws InterruptedException;

  /** From now on what this gateway sends to ingest is lost; everybody else is reached. */
  void loseIngest(String gateway) throws InterruptedException;

  /** Undoes all of that for this gateway. */
  void rejoin(String gateway) throws InterruptedException;

  /** Leaves nothing behind. Nothing must run inside any more. */
  @Override
  void close() throws InterruptedException;

  /** See {@link #LOOPBACK}. */
  final class Loopback implements Network {
    private static final String HOST = "127.0.0.1";

    private final String listenHost;

    private Loopback(String listenHost) {
      this.listenHost = listenHost;
    }

    @Override
    public String listenHost(String host) {
      return listenHost;
    }

    @Override
    public String ingestHost() {
      return HOST;
    }

    @Override
    public String gatewayHost(String gateway) {
      return HOST;
    }

    @Override
    public String peerHost(String gateway) {
      return HOST;
    }

    @Override
    public List<String> inside(String gateway, List<String> command) {
      return command;
    }

    @Override
    public void isolate(String gateway) {
      throw impossible();
    }

    @Override
    public void unplug(String gateway) {
      throw impossible();
    }

    @Override
    public void mute(String gateway) {
      throw impossible();
    }

    @Override
    public void deafen(String gateway) {
      throw impossible();
    }

    @Override
    public void part(String gateway, String other) {
      throw impossible();
    }

    @Override
    public void loseIngest(String gateway) {
      throw impossible();
    }

    private static UnsupportedOperationException impossible() {
      return new UnsupportedOperationException("nobody can be cut off on loopback");
    }

    @Override
    public void rejoin(String gateway) {}

    @Override
    public void close() {}
  }
}
