package io.tidemark.deploy.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Each gateway in a network namespace of its own, with two cables: one to a bridge where devices
 * and ingest are (which stay in the machine's own namespace), one to a bridge of the gateways
 * alone. Whoever is cut off has his end taken out of its bridge: packets vanish, nobody is told, as
 * with a broken switch. Where only one direction is to fail, or only the way to one host, the
 * sender is given a permanent neighbour entry for that host, with a hardware address that nobody
 * has: the bridge passes such frames on, and nobody takes them. That holds for connections that are
 * there already from their next packet on. Needs root and iproute2, no packet filter. Used by one
 * thread.
 *
 * <p>If this process is killed, bridges and namespaces are left behind: {@code ip netns list} and
 * {@code ip link} show them, named {@code tm}, five hexadecimal digits and what they are.
 */
public final class Namespaces implements Network {
  private static final int SUBNETS = 250;
  private static final int DEVICES_HOST = 1;
  private static final int INGEST_HOST = 2;
  private static final int GATEWAY_HOST_FIRST = 10;

  /** Locally administered, so that no device has it by its maker. */
  private static final String NOBODY = "02:00:00:00:00:00";

  /**
   * The hardware address of each bridge, each in a network of its own. One that is not given
   * follows the cables: if the right one is taken out it is another, and whoever is left does not
   * reach what is on this machine, ingest, until the old one is forgotten, half a minute later.
   */
  private static final String BRIDGE = "02:00:00:00:00:01";

  /** What a gateway's ends of its two cables are called in its namespace. */
  private static final String FRONT = "front";

  private static final String BACK = "back";

  private final String name;
  private final String front;
  private final String back;
  private final Map<String, Integer> hosts = new LinkedHashMap<>();

  private Namespaces(String name, int subnet) {
    this.name = name;
    this.front = "10.213." + subnet + ".";
    this.back = "10.214." + subnet + ".";
  }

  /**
   * Makes them.
   *
   * @param gateways their names
   * @throws IllegalStateException if they cannot be made; nothing is left behind then
   */
  public static Namespaces make(List<String> gateways) throws InterruptedException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    Namespaces made =
        new Namespaces("tm%05x".formatted(random.nextInt(1 << 20)), random.nextInt(1, SUBNETS));
    try {
      made.bridge(made.frontBridge());
      made.bridge(made.backBridge());
      // The first one is whose devices are seen to come from: so it can be told from ingest's.
      ip("address", "add", made.front + DEVICES_HOST + "/24", "dev", made.frontBridge());
      ip("address", "add", made.ingestHost() + "/24", "dev", made.frontBridge());
      for (String gateway : gateways) {
        made.plugIn(gateway);
      }
      return made;
    } catch (IllegalStateException e) {
      made.close();
      throw e;
    }
  }

  private void bridge(String bridge) throws InterruptedException {
    ip("link", "add", bridge, "address", BRIDGE, "type", "bridge");
    ip("link", "set", bridge, "up");
  }

  private void plugIn(String gateway) throws InterruptedException {
    hosts.put(gateway, GATEWAY_HOST_FIRST + hosts.size());
    String space = space(gateway);
    ip("netns", "add", space);
    ip("-n", space, "link", "set", "lo", "up");
    cable(space, frontCable(gateway), FRONT, gatewayHost(gateway));
    cable(space, backCable(gateway), BACK, peerHost(gateway));
    rejoin(gateway);
  }

  private static void cable(String space, String here, String there, String address)
      throws InterruptedException {
    ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", space);
    ip("link", "set", here, "up");
    ip("-n", space, "address", "add", address + "/24", "dev", there);
    ip("-n", space, "link", "set", there, "up");
  }

  @Override
  public String ingestHost() {
    return front + INGEST_HOST;
  }

  @Override
  public String gatewayHost(String gateway) {
    return front + hosts.get(gateway);
  }

  @Override
  public String peerHost(String gateway) {
    return back + hosts.get(gateway);
  }

  @Override
  public List<String> inside(String gateway, List<String> command) {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", space(gateway)));
    inside.addAll(command);
    return inside;
  }

  @Override
  public void isolate(String gateway) throws InterruptedException {
    ip("link", "set", backCable(gateway), "nomaster");
  }

  @Override
  public void unplug(String gateway) throws InterruptedException {
    ip("link", "set", frontCable(gateway), "nomaster");
    isolate(gateway);
  }

  @Override
  public void mute(String gateway) throws InterruptedException {
    for (String other : others(gateway)) {
      lose(gateway, BACK, peerHost(other));
    }
  }

  @Override
  public void deafen(String gateway) throws InterruptedException {
    for (String other : others(gateway)) {
      lose(other, BACK, peerHost(gateway));
    }
  }

  @Override
  public void part(String gateway, String other) throws InterruptedException {
    lose(gateway, BACK, peerHost(other));
    lose(other, BACK, peerHost(gateway));
  }

  @Override
  public void loseIngest(String gateway) throws InterruptedException {
    lose(gateway, FRONT, ingestHost());
  }

  @Override
  public void rejoin(String gateway) throws InterruptedException {
    ip("link", "set", frontCable(gateway), "master", frontBridge());
    ip("link", "set", backCable(gateway), "master", backBridge());
    find(gateway, FRONT, ingestHost());
    for (String other : others(gateway)) {
      find(gateway, BACK, peerHost(other));
      find(other, BACK, peerHost(gateway));
    }
  }

  private List<String> others(String gateway) {
    return hosts.keySet().stream().filter(other -> !other.equals(gateway)).toList();
  }

  /** From now on what this gateway sends to there is lost. */
  private void lose(String gateway, String cable, String host) throws InterruptedException {
    ip(
        "-n",
        space(gateway),
        "neighbour",
        "replace",
        host,
        "lladdr",
        NOBODY,
        "nud",
        "permanent",
        "dev",
        cable);
  }

  /** Undoes that, if it was. */
  private void find(String gateway, String cable, String host) throws InterruptedException {
    ip("-n", space(gateway), "neighbour", "flush", "dev", cable, "to", host, "nud", "permanent");
  }

  /** What is not there, as it could not be made, is no error. */
  @Override
  public void close() throws InterruptedException {
    List<List<String>> commands = new ArrayList<>();
    hosts.keySet().forEach(gateway -> commands.add(List.of("netns", "delete", space(gateway))));
    commands.add(List.of("link", "delete", frontBridge()));
    commands.add(List.of("link", "delete", backBridge()));
    for (List<String> command : commands) {
      try {
        ip(command.toArray(String[]::new));
      } catch (IllegalStateException e) {
        // It was never made.
      }
    }
  }

  private String space(String gateway) {
    return name + gateway;
  }

  private String frontBridge() {
    return name + "front";
  }

  private String backBridge() {
    return name + "back";
  }

  private String frontCable(String gateway) {
    return name + gateway + "f";
  }

  private String backCable(String gateway) {
    return name + gateway + "b";
  }

  private static void ip(String... arguments) throws InterruptedException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    MachineTool.run("networks of the gateways' own need root and iproute2", command);
  }
}
