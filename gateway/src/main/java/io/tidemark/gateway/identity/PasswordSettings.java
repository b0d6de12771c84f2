package io.tidemark.gateway.identity;

/**
 * Bounds of what passwords may cost.
 *
 * @param waitingMax passwords that wait to be checked; one more is told to come later
 * @param failuresPerAddressMax failed ones of an IPv4 address or IPv6 /64 network at once; then one
 *     a second
 * @param failuresPerDeviceMax the same of one device's name from such an address; then one in ten
 *     seconds
 */
public record PasswordSettings(
    int waitingMax, int failuresPerAddressMax, int failuresPerDeviceMax) {}
