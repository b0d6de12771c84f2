package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.Peers.Address;
import io.tidemark.gateway.replication.generated.Change;
import io.tidemark.gateway.replication.generated.Member;
import io.tidemark.wire.Names;
import java.util.List;

/** What may be asked of a running cluster. */
public final class ClusterChange {
  private final Change change;

  private ClusterChange(Change change) {
    this.change = change;
  }

  /**
   * Puts an empty data folder in the place of a member's.
   *
   * @param gateway {@code id=host:port}, as in {@code tidemark.cluster.peers}
   * @throws IllegalArgumentException that says what is wrong
   */
  public static ClusterChange replace(String gateway) {
    return new ClusterChange(Change.newBuilder().addReplace(member(gateway)).build());
  }

  /**
   * Takes gateways with empty data folders in.
   *
   * @param gateways each {@code id=host:port}
   * @throws IllegalArgumentException that says what is wrong
   */
  public static ClusterChange add(List<String> gateways) {
    Change.Builder change = Change.newBuilder();
    gateways.forEach(gateway -> change.addAdd(member(gateway)));
    return new ClusterChange(change.build());
  }

  /** Takes members out, by their ids. */
  public static ClusterChange remove(List<String> gateways) {
    return new ClusterChange(Change.newBuilder().addAllRemove(gateways).build());
  }

  private static Member member(String text) {
    int equals = text.indexOf('=');
    if (equals < 1 || !Names.isName(text.substring(0, equals))) {
      throw new IllegalArgumentException("\"" + text + "\" is not of the form id=host:port");
    }
    Address address = Address.parse(text.substring(equals + 1));
    if (address.port() == 0) {
      throw new IllegalArgumentException("port 0 cannot be found by the other gateways");
    }
    return Member.newBuilder()
        .setGateway(text.substring(0, equals))
        .setAddress(address.toString())
        .build();
  }

  Change of(String cluster) {
    return change.toBuilder().setCluster(cluster).build();
  }
}
