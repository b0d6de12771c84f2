package io.tidemark.gateway.replication;

import io.tidemark.gateway.replication.generated.Greeting;
import io.tidemark.gateway.replication.generated.Proposal;
import io.tidemark.gateway.replication.generated.ProposalOutcome;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletionStage;
import org.apache.ratis.thirdparty.io.grpc.MethodDescriptor;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;

/**
 * What gateways ask of each other at the replication port, beside what Ratis asks there. Ratis
 * brings a gRPC under names of its own, for which no stubs can be generated: so they are written
 * here.
 */
final class PeerService {
  static final String NAME = "tidemark.gateway.v1.Peers";

  static final MethodDescriptor<Greeting, Greeting> GREET =
      method("Greet", new Greetings(), new Greetings());

  static final MethodDescriptor<Proposal, ProposalOutcome> PROPOSE =
      method("Propose", new Proposals(), new Outcomes());

  private PeerService() {}

  /** Answers. On gRPC's threads; must return at once. */
  interface Handler {
    /** With one's own greeting. */
    Greeting greeted(Greeting theirs);

    /** Completes normally, whatever becomes of it. */
    CompletionStage<ProposalOutcome> proposed(Proposal proposal);
  }

  static ServerServiceDefinition definition(Handler handler) {
    return ServerServiceDefinition.builder(NAME)
        .addMethod(
            GREET,
            ServerCalls.asyncUnaryCall(
                (request, observer) -> {
                  observer.onNext(handler.greeted(request));
                  observer.onCompleted();
                }))
        .addMethod(
            PROPOSE,
            ServerCalls.asyncUnaryCall(
                (request, observer) ->
                    handler
                        .proposed(request)
                        .thenAccept(
                            outcome -> {
                              observer.onNext(outcome);
                              observer.onCompleted();
                            })))
        .build();
  }

  private static <Q, A> MethodDescriptor<Q, A> method(
      String name,
      MethodDescriptor.Marshaller<Q> requests,
      MethodDescriptor.Marshaller<A> answers) {
    return MethodDescriptor.<Q, A>newBuilder(requests, answers)
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(NAME, name))
        .build();
  }

  private static RuntimeException unreadable(IOException cause) {
    return Status.INVALID_ARGUMENT
        .withDescription("this is no message of a gateway of this version: " + cause.getMessage())
        .withCause(cause)
        .asRuntimeException();
  }

  private static final class Greetings implements MethodDescriptor.Marshaller<Greeting> {
    @Override
    public InputStream stream(Greeting value) {
      return new ByteArrayInputStream(value.toByteArray());
    }

    @Override
    public Greeting parse(InputStream stream) {
      try {
        return Greeting.parseFrom(stream);
      } catch (IOException e) {
        throw unreadable(e);
      }
    }
  }

  private static final class Proposals implements MethodDescriptor.Marshaller<Proposal> {
    @Override
    public InputStream stream(Proposal value) {
      return new ByteArrayInputStream(value.toByteArray());
    }

    @Override
    public Proposal parse(InputStream stream) {
      try {
        return Proposal.parseFrom(stream);
      } catch (IOException e) {
        throw unreadable(e);
      }
    }
  }

  private static final class Outcomes implements MethodDescriptor.Marshaller<ProposalOutcome> {
    @Override
    public InputStream stream(ProposalOutcome value) {
      return new ByteArrayInputStream(value.toByteArray());
    }

    @Override
    public ProposalOutcome parse(InputStream stream) {
      try {
        return ProposalOutcome.parseFrom(stream);
      } catch (IOException e) {
        throw unreadable(e);
      }
    }
  }
}
