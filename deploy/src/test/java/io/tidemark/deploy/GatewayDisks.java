package io.tidemark.deploy;

import io.tidemark.deploy.pipeline.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Everybody on loopback, and some gateways with their data folders on small disks. */
record GatewayDisks(Map<String, SmallDisk> disks) implements Network {
  @Override
  public List<String> inside(String gateway, List<String> command) {
    SmallDisk disk = disks.get(gateway);
    if (disk == null) {
      return command;
    }
    List<String> inside = new ArrayList<>(disk.command());
    inside.addAll(List.of("env", "TIDEMARK_LOG_FREE_SPACE_MIN_BYTES=" + (1 << 20)));
    inside.addAll(command);
    return inside;
  }

  @Override
  public String ingestHost() {
    return LOOPBACK.ingestHost();
  }

  @Override
  public String gatewayHost(String gateway) {
    return LOOPBACK.gatewayHost(gateway);
  }

  @Override
  public String peerHost(String gateway) {
    return LOOPBACK.peerHost(gateway);
  }

  @Override
  public void isolate(String gateway) throws InterruptedException {
    LOOPBACK.isolate(gateway);
  }

  @Override
  public void unplug(String gateway) throws InterruptedException {
    LOOPBACK.unplug(gateway);
  }

  @Override
  public void mute(String gateway) throws InterruptedException {
    LOOPBACK.mute(gateway);
  }

  @Override
  public void deafen(String gateway) throws InterruptedException {
    LOOPBACK.deafen(gateway);
  }

  @Override
  public void part(String gateway, String other) throws InterruptedException {
    LOOPBACK.part(gateway, other);
  }

  @Override
  public void loseIngest(String gateway) throws InterruptedException {
    LOOPBACK.loseIngest(gateway);
  }

  @Override
  public void rejoin(String gateway) throws InterruptedException {
    LOOPBACK.rejoin(gateway);
  }

  @Override
  public void close() {}
}
