package io.tidemark.gateway.replication;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.tidemark.gateway.replication.generated.Change;
import io.tidemark.gateway.replication.generated.ChangeOutcome;
import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.ListAnswer;
import io.tidemark.gateway.replication.generated.ListQuestion;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.ProposalOutcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerMethodDefinition;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;

/**
 * What gateways ask of each other at the replication port, beside what Ratis asks there. Ratis
 * brings a gRPC under names of its own, for which no stubs can be generated: so they are written
 * here.
 */
final class PeerService {
  private static final String NAME = "tidemark.gateway.v1.Peers";

  static final MethodDescriptor<byte[], byte[]> GREET = method("Greet");
  static final MethodDescriptor<byte[], byte[]> PROPOSE = method("Propose");
  static final MethodDescriptor<byte[], byte[]> CHANGE = method("Change");
  static final MethodDescriptor<byte[], byte[]> LIST = method("List");

  private PeerService() {}

  /** Answers. On gRPC's threads; must return at once. */
  interface Handler {
    /** With one's own greeting. */
    Greeting greeted(Greeting theirs);

    /** Completes normally, whatever becomes of it. */
    CompletionStage<ProposalOutcome> proposed(Proposal proposal);

    /** Completes normally, whatever becomes of it. */
    CompletionStage<ChangeOutcome> asked(Change change);

    /** With the access list. */
    ListAnswer list();
  }

  static ServerServiceDefinition definition(Handler handler) {
    return ServerServiceDefinition.builder(NAME)
        .addMethod(
            answering(
                GREET,
                Greeting.parser(),
                greeting -> CompletableFuture.completedFuture(handler.greeted(greeting))))
        .addMethod(answering(PROPOSE, Proposal.parser(), handler::proposed))
        .addMethod(answering(CHANGE, Change.parser(), handler::asked))
        .addMethod(
            answering(
                LIST,
                ListQuestion.parser(),
                question -> CompletableFuture.completedFuture(handler.list())))
        .build();
  }

  private static <Q> ServerMethodDefinition<byte[], byte[]> answering(
      MethodDescriptor<byte[], byte[]> method,
      Parser<Q> requests,
      Function<Q, CompletionStage<? extends MessageLite>> handler) {
    return ServerMethodDefinition.create(
        method,
        ServerCalls.asyncUnaryCall(
            (bytes, observer) -> {
              Q request;
              try {
                request = requests.parseFrom(bytes);
              } catch (InvalidProtocolBufferException e) {
                observer.onError(
                    Status.INVALID_ARGUMENT
                        .withDescription(
                            "this is no message of a gateway of this version: " + e.getMessage())
                        .asRuntimeException());
                return;
              }
              handler
                  .apply(request)
                  .thenAccept(
                      answer -> {
                        observer.onNext(answer.toByteArray());
                        observer.onCompleted();
                      });
            }));
  }

  private static MethodDescriptor<byte[], byte[]> method(String name) {
    return MethodDescriptor.newBuilder(new Bytes(), new Bytes())
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(NAME, name))
        .build();
  }

  /** Messages as they are; what they say is found out where it can be answered. */
  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException("memory does not give its bytes", e);
      }
    }
  }
}
