package io.tidemark.deploy.images;

import java.util.ArrayList;
import java.util.List;

/** The command line of a container as docs/containers.md has it run. */
public final class HardenedRun {
  /** Nothing can be written but the volume and what is only in memory. */
  private static final List<String> OPTIONS =
      List.of(
          "--read-only",
          "--cap-drop=ALL",
          "--security-opt=no-new-privileges",
          "--tmpfs=/tmp:exec,size=64m");

  private HardenedRun() {}

  /**
   * What {@code docker} is told.
   *
   * @param verb {@code run} or {@code create}
   * @param options beside those that harden it
   */
  public static String[] command(
      String verb, List<String> options, String image, String... arguments) {
    List<String> command = new ArrayList<>(List.of(verb));
    command.addAll(OPTIONS);
    command.addAll(options);
    command.add(image);
    command.addAll(List.of(arguments));
    return command.toArray(String[]::new);
  }
}
