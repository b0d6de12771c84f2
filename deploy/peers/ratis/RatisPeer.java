import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.DivisionInfo;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/**
 * A bare Ratis peer on loopback, for {@code ./tidemark bench cluster}: run from its source, with
 * the library's jars that the gateway has. Its state machine keeps nothing, and nobody reads its
 * log. What decides how long an append takes is set as the gateway sets it: gRPC, fsync before an
 * entry counts, no entries that only tell commits, the same timeouts.
 *
 * <p>The first of the peers is the preferred leader. It appends when told over HTTP:
 *
 * <pre>
 * GET /ready                     200 if it leads and can append
 * GET /append?ENTRIES&amp;BYTES      appends one entry after the other from within this process, and
 *                                answers with the nanoseconds each took, a line each
 * </pre>
 */
final class RatisPeer {
  private static final UUID GROUP = new UUID(0, 1);
  private static final SizeInBytes APPEND_MAX = SizeInBytes.valueOf("1MB");
  private static final SizeInBytes SEGMENT_MAX = SizeInBytes.valueOf("8MB");

  private final RaftServer server;
  private final RaftGroupId group = RaftGroupId.valueOf(GROUP);
  private final ClientId client = ClientId.randomId();
  private long calls;

  private RatisPeer(RaftServer server) {
    this.server = server;
  }

  /**
   * Runs until it is killed. Arguments: which of the peers it is, from 0; its folder; its port for
   * HTTP; and the Raft ports of all peers.
   */
  public static void main(String[] arguments) throws IOException {
    int self = Integer.parseInt(arguments[0]);
    List<RaftPeer> peers = new ArrayList<>();
    for (int i = 3; i < arguments.length; i++) {
      peers.add(
          RaftPeer.newBuilder()
              .setId("peer-" + peers.size())
              .setAddress("127.0.0.1:" + arguments[i])
              .setPriority(peers.isEmpty() ? 1 : 0)
              .build());
    }
    RaftServer server =
        RaftServer.newBuilder()
            .setServerId(peers.get(self).getId())
            .setGroup(RaftGroup.valueOf(RaftGroupId.valueOf(GROUP), peers))
            .setStateMachine(new BaseStateMachine())
            .setProperties(
                properties(new File(arguments[1]), Integer.parseInt(arguments[3 + self])))
            .build();
    server.start();
    RatisPeer peer = new RatisPeer(server);
    HttpServer http =
        HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[2])), 0);
    http.createContext("/ready", exchange -> answer(exchange, peer.leads() ? 200 : 503, ""));
    http.createContext("/append", peer::append);
    http.start();
  }

  private static RaftProperties properties(File folder, int port) {
    RaftProperties p = new RaftProperties();
    RaftConfigKeys.Rpc.setType(p, SupportedRpcType.GRPC);
    GrpcConfigKeys.Server.setHost(p, "127.0.0.1");
    GrpcConfigKeys.Server.setPort(p, port);
    RaftServerConfigKeys.setStorageDir(p, List.of(folder));
    RaftServerConfigKeys.setStorageFreeSpaceMin(p, SizeInBytes.valueOf("1MB"));
    RaftServerConfigKeys.Log.setSegmentSizeMax(p, SEGMENT_MAX);
    RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("1MB"));
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, APPEND_MAX);
    RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(APPEND_MAX.getSize() + 8));
    RaftServerConfigKeys.Log.setLogMetadataEnabled(p, false);
    RaftServerConfigKeys.Log.setUnsafeFlushEnabled(p, false);
    RaftServerConfigKeys.Log.setAsyncFlushEnabled(p, false);
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, false);
    RaftServerConfigKeys.RetryCache.setExpiryTime(p, TimeDuration.valueOf(10, TimeUnit.SECONDS));
    RaftServerConfigKeys.Rpc.setTimeoutMin(p, TimeDuration.valueOf(1500, TimeUnit.MILLISECONDS));
    RaftServerConfigKeys.Rpc.setTimeoutMax(p, TimeDuration.valueOf(3000, TimeUnit.MILLISECONDS));
    return p;
  }

  private boolean leads() throws IOException {
    DivisionInfo info = server.getDivision(group).getInfo();
    return info.isLeader() && info.isLeaderReady();
  }

  private void append(HttpExchange exchange) throws IOException {
    String[] given = exchange.getRequestURI().getQuery().split("&", 2);
    byte[] entry = new byte[Integer.parseInt(given[1])];
    StringBuilder nanos = new StringBuilder();
    for (int i = Integer.parseInt(given[0]); i > 0; i--) {
      long begun = System.nanoTime();
      RaftClientReply reply = server.submitClientRequestAsync(request(entry)).join();
      nanos.append(System.nanoTime() - begun).append('\n');
      if (!reply.isSuccess()) {
        answer(exchange, 503, String.valueOf(reply.getException()));
        return;
      }
    }
    answer(exchange, 200, nanos.toString());
  }

  private RaftClientRequest request(byte[] entry) {
    RaftPeerId self = server.getId();
    return RaftClientRequest.newBuilder()
        .setClientId(client)
        .setServerId(self)
        .setGroupId(group)
        .setCallId(++calls)
        .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(entry)))
        .setType(RaftClientRequest.writeRequestType())
        .build();
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    try (exchange) {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
