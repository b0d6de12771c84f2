package io.tidemark.gateway.coap;

import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.intake.AddressRate;
import io.tidemark.gateway.intake.Intake;
import io.tidemark.gateway.intake.Outcome;
import io.tidemark.gateway.intake.Readiness;
import io.tidemark.gateway.intake.Reason;
import io.tidemark.wire.Address;
import io.tidemark.wire.Delivery;
import io.tidemark.wire.PayloadType;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.californium.core.coap.BlockOption;
import org.eclipse.californium.core.coap.CoAP.Code;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.CoAP.Type;
import org.eclipse.californium.core.coap.Message.OffloadMode;
import org.eclipse.californium.core.coap.MessageObserverAdapter;
import org.eclipse.californium.core.coap.NoResponseOption;
import org.eclipse.californium.core.coap.OptionSet;
import org.eclipse.californium.core.coap.Request;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.network.Exchange;
import org.eclipse.californium.core.server.MessageDeliverer;
import org.jspecify.annotations.Nullable;

/**
 * What devices request, each request once: repetitions end in {@link RememberedExchanges}. A
 * request is taken on the loop's thread, that of {@link UdpLoop} or {@link DtlsLoop}; its outcome
 * comes on any thread and is brought there, so that acknowledgement and response cannot meet.
 *
 * <p>A confirmable request is answered once its outcome is known: on its acknowledgement when that
 * is soon, else after an empty acknowledgement, which promises nothing (RFC 7252, section 5.2). One
 * that is not confirmable hears only what went wrong, unless its No-Response option (RFC 7967) says
 * otherwise.
 */
final class CoapRequests implements MessageDeliverer {
  /** Before ACK_TIMEOUT, 2 s, after which a device sends again. */
  static final long EMPTY_ACK_AFTER_MS = 1_500;

  /** The method's class of response codes, as No-Response counts them. */
  private static final int CLIENT_ERROR = ResponseCode.BAD_REQUEST.value;

  private final Intake intake;
  private final AddressRate rates;
  private final Answers answers;
  private final CoapCounters counters;
  private final InFlight inFlight;
  private final BlockTransfers transfers;
  private final RememberedExchanges remembered;
  private final @Nullable CoapDtls dtls;
  private volatile boolean stopping;

  /**
   * Takes requests of one port.
   *
   * @param dtls null if they are not encrypted, and nobody proves who it is
   */
  CoapRequests(
      Intake intake,
      AddressRate rates,
      Answers answers,
      CoapCounters counters,
      InFlight inFlight,
      BlockTransfers transfers,
      RememberedExchanges remembered,
      @Nullable CoapDtls dtls) {
    this.dtls = dtls;
    this.intake = intake;
    this.rates = rates;
    this.answers = answers;
    this.counters = counters;
    this.inFlight = inFlight;
    this.transfers = transfers;
    this.remembered = remembered;
  }

  /** Takes nothing more. */
  void stop() {
    stopping = true;
  }

  /** A request that is no repetition. On the loop's thread. */
  @Override
  public void deliverRequest(Exchange exchange) {
    if (rates.take(InFlight.address(exchange)) == 0) {
      look(exchange);
    } else {
      refuse(
          exchange,
          ResponseCode.TOO_MANY_REQUESTS,
          Reason.RATE,
          "an address may send %d requests a second (tidemark.coap.messages-per-second-per-address-max): send again in the next"
              .formatted(rates.perSecondMax()));
    }
  }

  private void look(Exchange exchange) {
    Request request = exchange.getRequest();
    OptionSet options = request.getOptions();
    Address address = address(options);
    if (options.hasProxyUri() || options.hasProxyScheme()) {
      refuse(
          exchange,
          ResponseCode.PROXY_NOT_SUPPORTED,
          Reason.PROTOCOL,
          "this is no proxy: send to the gateway itself");
    } else if (address == null) {
      refuse(
          exchange,
          ResponseCode.NOT_FOUND,
          Reason.TOPIC,
          "POST telemetry to /devices/{device}/telemetry, device being [A-Za-z0-9._:-]{1,128}");
    } else if (!takes(address.kind(), request.getCode())) {
      refuse(
          exchange,
          ResponseCode.METHOD_NOT_ALLOWED,
          Reason.PROTOCOL,
          "telemetry is sent by POST; there is nothing else here");
    } else if (dtls != null && !isItsOwn(exchange, address.device(), dtls)) {
      return;
    } else if (options.hasContentFormat()
        && PayloadType.ofContentFormat(options.getContentFormat()) == null) {
      refuse(
          exchange,
          ResponseCode.UNSUPPORTED_CONTENT_FORMAT,
          Reason.CONTENT_TYPE,
          "content format %d is not taken; taken are %s"
              .formatted(options.getContentFormat(), Answers.CONTENT_FORMATS));
    } else if (stopping) {
      refuse(
          exchange,
          ResponseCode.SERVICE_UNAVAILABLE,
          Reason.NOT_READY,
          "this gateway is stopping: send again, to another gateway or later");
    } else {
      take(exchange, address.device());
    }
  }

  /** Whether there is something to ask for in this way. */
  private static boolean takes(Address.Kind kind, Code method) {
    return switch (kind) {
      case TELEMETRY -> method == Code.POST;
    };
  }

  /** False if the sender may not speak for this device, and that was said. */
  private boolean isItsOwn(Exchange exchange, String device, CoapDtls secured) {
    Device sender = CoapDtls.sender(exchange);
    String wrong =
        sender == null
            ? "show a certificate first, or use the device's key"
            : secured.wrongWith(sender);
    if (sender == null || wrong != null) {
      refuse(exchange, ResponseCode.UNAUTHORIZED, Reason.NOT_AUTHORISED, String.valueOf(wrong));
      return false;
    }
    if (!sender.name().equals(device)) {
      refuse(exchange, ResponseCode.FORBIDDEN, Reason.NOT_AUTHORISED, sender.notItsOwn(device));
      return false;
    }
    return true;
  }

  /** Null if there is nothing at that path. */
  private static @Nullable Address address(OptionSet options) {
    List<String> path = options.getUriPath();
    // A segment may contain a slash, which is not the one between segments.
    return path.size() == 3 ? Address.of(String.join("/", path)) : null;
  }

  private void take(Exchange exchange, String device) {
    Request request = exchange.getRequest();
    OptionSet options = request.getOptions();
    BlockOption block = options.getBlock1();
    boolean first = block != null && block.getNum() == 0 && block.isM();
    if (first && !isReady(exchange)) {
      return; // and the other blocks need not be sent
    }
    Outcome.Refused over =
        first || block == null && !mayRefuse(request) ? intake.over(device) : null;
    if (over != null) {
      refuse(exchange, over);
      return;
    }
    BlockTransfers.Step step =
        block == null
            ? transfers.single(request.getPayload())
            : transfers.add(
                new BlockTransfers.Key(exchange.getPeersIdentity(), device),
                new BlockTransfers.Part(
                    block,
                    options.hasContentFormat() ? options.getContentFormat() : -1,
                    options.hasSize1() ? options.getSize1() : 0,
                    request.getPayload()));
    if (step instanceof BlockTransfers.Step.Whole whole) {
      offer(exchange, device, whole.payload());
    } else if (step instanceof BlockTransfers.Step.Failed failed) {
      refuse(exchange, failed.code(), failed.reason(), failed.text());
    } else {
      respond(exchange, new Response(ResponseCode.CONTINUE));
    }
  }

  /** False if nothing can be committed, and that was said. */
  private boolean isReady(Exchange exchange) {
    Readiness readiness = intake.readiness();
    if (readiness == Readiness.FULL) {
      refuse(
          exchange,
          ResponseCode.SERVICE_UNAVAILABLE,
          Reason.FULL,
          "this gateway's log is full: send again later");
    } else if (readiness == Readiness.UNREADY) {
      refuse(
          exchange,
          ResponseCode.SERVICE_UNAVAILABLE,
          Reason.NOT_READY,
          "this gateway cannot commit now: send again, to another gateway or later");
    }
    return readiness == Readiness.READY;
  }

  private void offer(Exchange exchange, String device, byte[] payload) {
    String full = inFlight.enter(exchange, System.nanoTime());
    if (full != null) {
      refuse(exchange, ResponseCode.SERVICE_UNAVAILABLE, Reason.BUSY, full + ": send again later");
      return;
    }
    OptionSet options = exchange.getRequest().getOptions();
    PayloadType type =
        options.hasContentFormat() ? PayloadType.ofContentFormat(options.getContentFormat()) : null;
    boolean confirmable = exchange.getRequest().isConfirmable();
    if (!confirmable) {
      counters.nonTaken.increment();
    }
    intake.offer(
        new Delivery(device, payload),
        type,
        mayRefuse(exchange.getRequest()),
        outcome -> exchange.execute(() -> settled(exchange, outcome)));
  }

  /** Whether who has sent it hears what is wrong with it. */
  private static boolean mayRefuse(Request request) {
    return request.isConfirmable() || !isSuppressed(request.getOptions(), CLIENT_ERROR);
  }

  /** Refuses what the intake has not seen. On the loop's thread. */
  private void refuse(Exchange exchange, ResponseCode code, Reason reason, String text) {
    refuse(exchange, reason, answers.of(code, text));
  }

  private void refuse(Exchange exchange, Outcome.Refused refused) {
    refuse(exchange, refused.reason(), answers.of(refused));
  }

  private void refuse(Exchange exchange, Reason reason, Response response) {
    intake.refused(reason);
    if (!exchange.getRequest().isConfirmable()) {
      counters.nonTaken.increment();
      counters.nonLost.increment();
    }
    answer(exchange, response);
  }

  /** On the loop's thread. */
  private void settled(Exchange exchange, Outcome outcome) {
    if (!exchange.getRequest().isConfirmable()) {
      if (outcome instanceof Outcome.Committed) {
        counters.nonCommitted.increment();
      } else {
        counters.nonLost.increment();
      }
    }
    answer(exchange, answers.of(outcome));
  }

  private void answer(Exchange exchange, Response response) {
    if (exchange.getRequest().isConfirmable() || isWanted(exchange, response)) {
      respond(exchange, response);
    } else {
      inFlight.leave(exchange);
      // Only that it came is remembered of it.
      exchange.getCurrentRequest().offload(OffloadMode.FULL);
      exchange.executeComplete();
    }
  }

  /** Whether somebody who asked without confirmation is to hear this. */
  private static boolean isWanted(Exchange exchange, Response response) {
    OptionSet options = exchange.getRequest().getOptions();
    if (options.hasNoResponse()) {
      return !isSuppressed(options, response.getCode().value);
    }
    return !response.isSuccess();
  }

  private static boolean isSuppressed(OptionSet options, int code) {
    NoResponseOption option = options.getNoResponse();
    return option != null && option.suppress(code);
  }

  private void respond(Exchange exchange, Response response) {
    Request request = exchange.getRequest();
    BlockOption block = request.getOptions().getBlock1();
    if (block != null) {
      // "More" in 2.31 says that nothing is done before all of it is here (RFC 7959, section 2.3).
      response
          .getOptions()
          .setBlock1(block.getSzx(), response.getCode() == ResponseCode.CONTINUE, block.getNum());
    }
    response.setDestinationContext(request.getSourceContext());
    if (request.isConfirmable() && request.isAcknowledged()) {
      comesLate(response);
    }
    inFlight.leave(exchange);
    // Not by the exchange, which takes No-Response for a wish to be answered late.
    exchange.getEndpoint().sendResponse(exchange, response);
    byte[] sent = response.getBytes();
    if (response.getType() == Type.ACK && sent != null) {
      remembered.answered(exchange, sent);
    }
  }

  /** A response of its own is confirmable, and repeated until the device has it, within bounds. */
  private void comesLate(Response response) {
    if (!inFlight.enterLate()) {
      response.setType(Type.NON);
      return;
    }
    AtomicBoolean over = new AtomicBoolean();
    response.addMessageObserver(
        new MessageObserverAdapter() {
          private void leave() {
            if (over.compareAndSet(false, true)) {
              inFlight.leaveLate();
            }
          }

          @Override
          public void onAcknowledgement() {
            leave();
          }

          @Override
          public void onCancel() {
            leave();
          }

          @Override
          protected void failed() {
            leave();
          }
        });
  }

  /** Acknowledges, without a response, what has waited long. Called now and then. */
  void acknowledgeWaiting() {
    long leastNanos = TimeUnit.MILLISECONDS.toNanos(EMPTY_ACK_AFTER_MS);
    for (Exchange exchange : inFlight.waiting(System.nanoTime(), leastNanos)) {
      exchange.execute(
          () -> {
            // Nothing if it is acknowledged already, with a response or without.
            exchange.sendAccept();
          });
    }
  }

  @Override
  public void deliverResponse(Exchange exchange, Response response) {
    // Nothing is ever requested from a device.
  }
}
