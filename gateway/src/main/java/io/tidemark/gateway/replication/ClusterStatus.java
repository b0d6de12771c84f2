package io.tidemark.gateway.replication;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A cluster as one of its gateways sees it.
 *
 * @param cluster its id, 16 hexadecimal digits
 * @param generation one more with each change of the members
 * @param gateway the gateway that looks
 * @param state whether that one can commit
 * @param members all gateways
 * @param groups all groups
 */
public record ClusterStatus(
    String cluster,
    long generation,
    String gateway,
    State state,
    List<Member> members,
    List<Group> groups) {

  /**
   * A gateway.
   *
   * @param gateway its id
   * @param peer the same with its data folder's incarnation
   * @param address where it listens for the others
   * @param mqtt where devices reach it, empty if that is not known
   * @param coap the same over UDP
   * @param alive whether it has been heard in the last seconds
   * @param canCommit what it said of itself then
   * @param trouble what is wrong with it that others do not see, in words: a replica that cannot go
   *     on without a restart, a disk without room; empty if nothing is
   * @param self whether it is the one that looks
   */
  public record Member(
      String gateway,
      String peer,
      String address,
      String mqtt,
      String coap,
      boolean alive,
      boolean canCommit,
      String trouble,
      boolean self) {}

  /**
   * A group, by the replica of the gateway that looks.
   *
   * @param group its name
   * @param role {@code leader}, {@code follower}, {@code candidate}, or {@code closed} after a
   *     failed write
   * @param leader the gateway that leads it, null if none is known
   * @param term of Raft
   * @param home the gateway that leads it by preference, null if that was removed
   * @param settled whether it has exactly the members it should, as its leader says
   * @param leaving whether its gateway was removed: it ends when all of it is forwarded
   * @param committedIndex highest index that is committed and applied here
   * @param forwardedIndex the mark: everything up to it is forwarded
   * @param lag entries that its leader has committed and that are not here yet
   * @param waiting readings above the mark
   * @param usage what it takes on disk
   */
  public record Group(
      String group,
      String role,
      @Nullable String leader,
      long term,
      @Nullable String home,
      boolean settled,
      boolean leaving,
      long committedIndex,
      long forwardedIndex,
      long lag,
      long waiting,
      Usage usage) {}

  public ClusterStatus {
    members = List.copyOf(members);
    groups = List.copyOf(groups);
  }
}
