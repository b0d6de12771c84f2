package io.tidemark.agent.journal;

/**
 * One encoded batch on its way out.
 *
 * @param id names it towards the {@link Outbox}
 * @param device whose topic it belongs to
 * @param numbers how many numbers it is about
 * @param declaresDrop true if it declares a drop and carries no readings
 * @param bytes the encoded batch, not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // identity is enough: parcels are told apart by id
public record Parcel(long id, String device, long numbers, boolean declaresDrop, byte[] bytes) {}
