package io.tidemark.deploy;

import io.tidemark.deploy.demo.Sums;
import io.tidemark.wire.Delivery;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Something for the dashboards to show: a running ingest, and devices whose figures are known. */
interface DashboardFleet extends AutoCloseable {
  /** Address of the dashboards, without a slash at its end. */
  String url();

  /** Every device's name. */
  List<String> devices();

  /** What the ledger must say now of each device; steady only while quiet. */
  Map<String, Sums> expected();

  /** Delivers, as received at that time, what no device's books are about. */
  void deliver(Instant receivedAt, List<Delivery> deliveries) throws InterruptedException;

  /** The gateways that report to it, once a second while it is lively. */
  PostedGateways gateways();

  /** Devices stop producing; returns once everything produced is accounted for. */
  void quiet() throws InterruptedException;

  /** Devices produce again, each about once a second. */
  void lively();

  /** Takes ingest away, as a crash would. Devices are quiet. */
  void crash() throws InterruptedException;

  /** Brings ingest back at the same address. */
  void recover() throws InterruptedException;

  @Override
  void close() throws InterruptedException;
}
