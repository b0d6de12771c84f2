package io.tidemark.gateway.coap;

import io.tidemark.gateway.identity.Device;
import io.tidemark.gateway.identity.Secrets;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.SecureRandom;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.eclipse.californium.elements.auth.AdditionalInfo;
import org.eclipse.californium.elements.auth.PreSharedKeyIdentity;
import org.eclipse.californium.scandium.auth.ApplicationLevelInfoSupplier;
import org.eclipse.californium.scandium.dtls.ConnectionId;
import org.eclipse.californium.scandium.dtls.HandshakeResultHandler;
import org.eclipse.californium.scandium.dtls.PskPublicInformation;
import org.eclipse.californium.scandium.dtls.PskSecretResult;
import org.eclipse.californium.scandium.dtls.pskstore.AdvancedPskStore;
import org.eclipse.californium.scandium.util.SecretUtil;
import org.eclipse.californium.scandium.util.ServerNames;
import org.jspecify.annotations.Nullable;

/**
 * The pre-shared keys of devices, as DTLS asks for them. Of a name that has none a key is made up,
 * so that the handshake fails as with a wrong key, and nobody learns which names there are (RFC
 * 4279, section 2). Thread-safe; does not block.
 */
final class PreSharedKeys implements AdvancedPskStore, ApplicationLevelInfoSupplier {
  private static final String MARK = "mark";
  private static final String MAC = "HmacSHA256";
  private static final int MAC_KEY_BYTES = 32;

  private final Secrets secrets;
  private final SecretKeySpec madeUpBy;

  PreSharedKeys(Secrets secrets) {
    this.secrets = secrets;
    byte[] key = new byte[MAC_KEY_BYTES];
    new SecureRandom().nextBytes(key);
    madeUpBy = new SecretKeySpec(key, MAC);
  }

  /** Who has used a key, and which; null if it has used none. */
  static @Nullable Device device(@Nullable Principal principal) {
    if (principal instanceof PreSharedKeyIdentity identity) {
      String mark = identity.getExtendedInfo().get(MARK, String.class);
      return mark == null ? null : Device.withKey(identity.getIdentity(), mark);
    }
    return null;
  }

  @Override
  public boolean hasEcdhePskSupported() {
    return true;
  }

  @Override
  public PskSecretResult requestPskSecretResult(
      ConnectionId cid,
      @Nullable ServerNames serverName,
      PskPublicInformation identity,
      String hmacAlgorithm,
      @Nullable SecretKey otherSecret,
      byte[] seed,
      boolean useExtendedMasterSecret) {
    String name = identity.getPublicInfoAsString();
    byte[] key = secrets.key(name);
    return new PskSecretResult(
        cid,
        identity,
        SecretUtil.create(key == null ? madeUp(identity) : key, PskSecretResult.ALGORITHM_PSK),
        key == null ? null : Secrets.mark(key));
  }

  private byte[] madeUp(PskPublicInformation identity) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(madeUpBy);
      return mac.doFinal(identity.getBytes());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + MAC, e);
    }
  }

  /** What of the key is kept with the connection. */
  @Override
  public AdditionalInfo getInfo(Principal principal, @Nullable Object mark) {
    return mark == null ? AdditionalInfo.empty() : AdditionalInfo.from(Map.of(MARK, mark));
  }

  /** Nobody is connected to from here. */
  @Override
  public @Nullable PskPublicInformation getIdentity(
      InetSocketAddress peer, @Nullable ServerNames virtualHost) {
    return null;
  }

  @Override
  public void setResultHandler(HandshakeResultHandler handler) {
    // All is known at once.
  }
}
