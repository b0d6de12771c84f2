package io.tidemark.deploy.bench;

import java.util.Arrays;
import java.util.List;

/**
 * What is measured, and beside whom.
 *
 * @param messages counted of each server in each round; what does not divide by the devices is left
 *     out
 * @param rounds in each of which every server has a turn
 * @param idle connections that are opened to see what memory one takes; 0 for none
 * @param peers servers beside the gateway, which is measured over what they speak
 */
public record GatewayBenchOptions(int messages, int rounds, int idle, List<Peer> peers) {
  public GatewayBenchOptions {
    peers = peers.stream().distinct().toList();
  }

  /** What is measured, in that order. */
  List<Protocol> protocols() {
    return Arrays.stream(Protocol.values())
        .filter(protocol -> peers.stream().anyMatch(peer -> peer.protocol() == protocol))
        .toList();
  }
}
