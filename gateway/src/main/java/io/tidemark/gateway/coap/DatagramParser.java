package io.tidemark.gateway.coap;

import org.eclipse.californium.core.coap.CoAP;
import org.eclipse.californium.core.coap.CoAP.ResponseCode;
import org.eclipse.californium.core.coap.CoAPMessageFormatException;
import org.eclipse.californium.core.coap.CoAPOptionException;
import org.eclipse.californium.core.coap.Message;
import org.eclipse.californium.core.coap.Option;
import org.eclipse.californium.core.coap.OptionNumberRegistry;
import org.eclipse.californium.core.coap.option.StandardOptionRegistry;
import org.eclipse.californium.core.network.serialization.MessageHeader;
import org.eclipse.californium.core.network.serialization.UdpDataParser;
import org.eclipse.californium.elements.util.DatagramReader;
import org.jspecify.annotations.Nullable;

/**
 * Californium's parser, with RFC 7252, section 5.4.1 and 5.4.3, kept in requests: an option that is
 * critical and unknown, or malformed, is answered with 4.02; one that is elective is ignored.
 */
final class DatagramParser extends UdpDataParser {
  private final Runnable refused;

  /**
   * Parses nothing yet.
   *
   * @param refused called for each request that is refused here
   */
  DatagramParser(Runnable refused) {
    super(true, StandardOptionRegistry.getDefaultOptionRegistry());
    this.refused = refused;
  }

  @Override
  protected Message parseMessage(DatagramReader reader, MessageHeader header, Message target) {
    try {
      return super.parseMessage(reader, header, target);
    } catch (IllegalStateException e) {
      // A payload larger than its block option says. Nobody else catches this.
      refused.run();
      throw new CoAPMessageFormatException(
          e.getMessage(),
          header.getToken(),
          header.getMID(),
          header.getCode(),
          header.getType() == CoAP.Type.CON,
          ResponseCode.BAD_REQUEST);
    }
  }

  @Override
  public @Nullable Option createOption(int code, int number, byte[] value) {
    if (!CoAP.isRequest(code)) {
      return super.createOption(code, number, value);
    }
    boolean critical = OptionNumberRegistry.isCritical(number);
    if (critical && !isUnderstood(number)) {
      throw refusal("option " + number + " is not known here: leave it out");
    }
    try {
      return super.createOption(code, number, value);
    } catch (IllegalArgumentException e) {
      if (critical) {
        throw refusal("option " + number + ": " + e.getMessage());
      }
      return null;
    }
  }

  private CoAPOptionException refusal(String text) {
    refused.run();
    return new CoAPOptionException(text, ResponseCode.BAD_OPTION);
  }

  /** Of those Californium knows, the ones whose meaning is kept here. */
  private static boolean isUnderstood(int number) {
    return switch (number) {
      case OptionNumberRegistry.URI_HOST,
          OptionNumberRegistry.URI_PORT,
          OptionNumberRegistry.URI_PATH,
          OptionNumberRegistry.URI_QUERY,
          OptionNumberRegistry.ACCEPT,
          OptionNumberRegistry.BLOCK1,
          OptionNumberRegistry.BLOCK2,
          OptionNumberRegistry.PROXY_URI,
          OptionNumberRegistry.PROXY_SCHEME ->
          true;
      default -> false;
    };
  }
}
