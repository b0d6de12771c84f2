package io.tidemark.deploy.demo;

import io.tidemark.deploy.pipeline.Own;
import io.tidemark.deploy.pipeline.Security;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a demo is to do.
 *
 * @param runFor how long the sources run once everything is healthy; null for until it is told to
 *     stop
 * @param drain bound on the wait for what is still on its way when the sources have stopped
 * @param devices simulated devices, beside the one agent
 * @param gateways gateways, which form one cluster: 1, 3 or 5
 * @param data folder for data and logs; null for a fresh temporary one
 * @param seed decides every simulated value, and every fault
 * @param influx the InfluxDB that keeps the rows; null for the embedded store
 * @param chaos true if gateways and ingest are to be struck by faults meanwhile
 * @param security whether all are to prove to each other who they are
 * @param open whether others reach it than this machine, which takes security
 * @param own what each gateway has of its own, and is struck by too
 */
public record DemoOptions(
    @Nullable Duration runFor,
    Duration drain,
    int devices,
    int gateways,
    @Nullable Path data,
    long seed,
    @Nullable URI influx,
    boolean chaos,
    Security security,
    boolean open,
    Own own) {
  public DemoOptions {
    if (open && !security.on()) {
      throw new IllegalArgumentException("without security nobody else may reach it");
    }
  }
}
