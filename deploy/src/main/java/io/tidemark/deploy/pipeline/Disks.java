package io.tidemark.deploy.pipeline;

import java.nio.file.Path;

/** What the gateways of a pipeline keep their data on, and how that fails them. */
public interface Disks extends AutoCloseable {
  /** The machine's own, which cannot be taken from one of them alone. */
  Disks SHARED = new Shared();

  /**
   * Where a gateway's data folder is.
   *
   * @param folder where it would be on the machine's own disk
   */
  Path dataFolder(String gateway, Path folder);

  /** From now on nothing more fits on a gateway's disk. */
  void fill(String gateway) throws InterruptedException;

  /** Takes back what has filled it. */
  void makeRoom(String gateway) throws InterruptedException;

  /** From now on whoever writes to a gateway's disk waits. */
  void stall(String gateway) throws InterruptedException;

  /** Lets all who wait for it go on. */
  void resume(String gateway) throws InterruptedException;

  /** The same on all disks, since nobody who waits can be ended. */
  void resumeAll() throws InterruptedException;

  /** Keeps in mind what has come to a gateway's disk by now, while nobody writes to it. */
  void snapshot(String gateway) throws InterruptedException;

  /** Takes back what has come to it since, as a power cut does. Nobody must use it. */
  void restore(String gateway) throws InterruptedException;

  /** Leaves the data, and nothing else. Nobody must use it any more. */
  @Override
  void close() throws InterruptedException;

  /** See {@link #SHARED}. */
  final class Shared implements Disks {
    private static final String NONE = "the gateways have no disks of their own";

    private Shared() {}

    @Override
    public Path dataFolder(String gateway, Path folder) {
      return folder;
    }

    @Override
    public void fill(String gateway) {
      throw new UnsupportedOperationException(NONE);
    }

    @Override
    public void makeRoom(String gateway) {}

    @Override
    public void stall(String gateway) {
      throw new UnsupportedOperationException(NONE);
    }

    @Override
    public void resume(String gateway) {}

    /** What a process has written is on the machine's disk, or as good as there. */
    @Override
    public void snapshot(String gateway) {}

    @Override
    public void restore(String gateway) {}

    @Override
    public void resumeAll() {}

    @Override
    public void close() {}
  }
}
