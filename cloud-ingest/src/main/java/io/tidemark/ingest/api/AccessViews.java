package io.tidemark.ingest.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.tidemark.ingest.access.AccessException;
import io.tidemark.ingest.access.ApiKey;
import io.tidemark.ingest.access.ApiKeys;
import io.tidemark.ingest.access.Role;
import io.tidemark.ingest.access.User;
import io.tidemark.ingest.audit.Entry;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What the API says of users, keys and the audit, as JSON has it, and what it is told. */
final class AccessViews {
  private static final String ROLES = "viewer, operator or admin";

  private AccessViews() {}

  /** The role of this name, if there is one. */
  static Role role(@Nullable String word) {
    return Role.of(word == null ? "" : word)
        .orElseThrow(() -> ApiException.parameter("role", word, ROLES));
  }

  /** What was sent as a secret, which no error may repeat. */
  static String secret(String field, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw ApiException.field(field, field + " must be given");
    }
    return value;
  }

  /** What cannot be done, as an answer. */
  static ApiException refused(AccessException e) {
    String words = String.valueOf(e.getMessage());
    return switch (e.kind()) {
      case WRONG -> ApiException.of(401, "Unauthorized", words);
      case TOO_MANY -> ApiException.later(429, "Too many requests", words, e.retryAfterSeconds());
      case BUSY -> ApiException.later(503, "Busy", words, e.retryAfterSeconds());
      case CONFLICT -> ApiException.of(409, "Conflict", words);
      case INVALID -> ApiException.field(e.field(), words);
      case UNKNOWN -> ApiException.notFound(words);
    };
  }

  @Schema(description = "Who one is, and what one may do")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record SessionView(
      @Schema(description = "on or off: off, everybody may do everything") String security,
      @Schema(description = "The user's name, or the key's; null if one is nobody")
          @Nullable String name,
      @Schema(description = ROLES + "; null if one is nobody") @Nullable String role,
      @Schema(description = "session or key; null if by neither") @Nullable String by,
      @Schema(
              description =
                  "The token that was printed at the start waits to make an administrator")
          boolean setup,
      @Schema(
              description =
                  "The name of the OpenID provider that one can log in by, at /login/oidc; null if there is none")
          @Nullable String oidc) {}

  @Schema(description = "A login")
  record LoginRequest(
      @Schema(required = true) @Nullable String name,
      @Schema(required = true) @Nullable String password) {
    @Override
    public String toString() {
      return "LoginRequest"; // a password is to be in no log
    }
  }

  @Schema(description = "Another password")
  record PasswordRequest(
      @Schema(description = "The password as it is", required = true) @Nullable String current,
      @Schema(description = "12 to 256 characters", required = true) @Nullable String next) {
    @Override
    public String toString() {
      return "PasswordRequest";
    }
  }

  @Schema(description = "The first administrator")
  record SetupRequest(
      @Schema(description = "As it was printed at the start", required = true)
          @Nullable String token,
      @Schema(required = true) @Nullable String name,
      @Schema(description = "12 to 256 characters", required = true) @Nullable String password) {
    @Override
    public String toString() {
      return "SetupRequest";
    }
  }

  @Schema(description = "A user to be")
  record NewUser(
      @Schema(description = "1 to 64 of a-z 0-9 . _ @ -", required = true) @Nullable String name,
      @Schema(description = ROLES, required = true) @Nullable String role,
      @Schema(description = "12 to 256 characters", required = true) @Nullable String password) {
    @Override
    public String toString() {
      return "NewUser";
    }
  }

  @Schema(description = "What a user becomes")
  record UserChange(
      @Schema(description = ROLES, required = true) @Nullable String role,
      @Schema(description = "false: cannot log in", required = true) @Nullable Boolean enabled,
      @Schema(description = "Another one; absent: as it is") @Nullable String password) {
    @Override
    public String toString() {
      return "UserChange";
    }
  }

  @Schema(description = "A user")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record UserView(
      String name,
      @Schema(description = ROLES) String role,
      boolean enabled,
      @Schema(description = "How one logs in: password, or oidc, by the OpenID provider") String by,
      String createdAt,
      String passwordAt,
      @Schema(description = "null: never") @Nullable String loginAt,
      int sessions) {
    static UserView of(User user) {
      return new UserView(
          user.name(),
          user.role().word(),
          user.enabled(),
          user.isByOidc() ? "oidc" : "password",
          Times.format(user.createdAtNanos()),
          Times.format(user.passwordAtNanos()),
          orNull(user.loginAtNanos()),
          user.sessions());
    }
  }

  @Schema(description = "An API key to be")
  record NewKey(
      @Schema(description = "What it is for, 1 to 64 characters", required = true)
          @Nullable String name,
      @Schema(description = ROLES, required = true) @Nullable String role,
      @Schema(description = "From when on it is void, RFC 3339", required = true)
          @Nullable String expiresAt) {}

  @Schema(description = "An API key")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record KeyView(
      long id,
      String name,
      @Schema(description = ROLES) String role,
      String createdBy,
      String createdAt,
      String expiresAt,
      @Schema(description = "To the minute; null: never") @Nullable String usedAt,
      @Schema(description = "null: it is not") @Nullable String revokedAt) {
    static KeyView of(ApiKey key) {
      return new KeyView(
          key.id(),
          key.name(),
          key.role().word(),
          key.createdBy(),
          Times.format(key.createdAtNanos()),
          Times.format(key.expiresAtNanos()),
          orNull(key.usedAtNanos()),
          orNull(key.revokedAtNanos()));
    }
  }

  @Schema(description = "An API key that was just made")
  record MadeKeyView(
      KeyView key,
      @Schema(description = "What to send as Authorization: Bearer; it is never said again")
          String secret) {
    static MadeKeyView of(ApiKeys.Made made) {
      return new MadeKeyView(KeyView.of(made.key()), made.secret());
    }

    @Override
    public String toString() {
      return "MadeKeyView";
    }
  }

  @Schema(description = "A line of the audit")
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record EntryView(
      long id,
      String time,
      @Schema(description = "A user, \"key NAME\", \"anyone\" while security is off, or \"nobody\"")
          String who,
      @Schema(description = "Where the request came from") String address,
      String what,
      @Schema(description = "To what it was done") String subject,
      @Schema(description = "What there was, as JSON; null if nothing, or it is not told")
          @Nullable String before,
      @Schema(description = "What there is now, as JSON") @Nullable String after) {
    static EntryView of(Entry entry) {
      return new EntryView(
          entry.id(),
          Times.format(entry.atNanos()),
          entry.actor().name(),
          entry.actor().address(),
          entry.what().code(),
          entry.subject(),
          entry.before(),
          entry.after());
    }
  }

  private static @Nullable String orNull(@Nullable Long nanos) {
    return nanos == null ? null : Times.format(nanos);
  }
}
