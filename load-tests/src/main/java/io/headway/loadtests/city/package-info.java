// SPDX-License-Identifier: Apache-2.0

/**
 * A simulated city whose truth is known.
 *
 * <p>{@link io.headway.loadtests.city.SyntheticNetwork} lays out roads (real ones do as well),
 * {@link io.headway.loadtests.city.CityParameters} with its {@link io.headway.loadtests.city.Knob}s
 * says what the city is like, {@link io.headway.loadtests.city.CityFeed} drives its vehicles and
 * makes records, and lets its dispatcher act on decisions.
 *
 * <p>All randomness is counter-based: a draw is a function of the seed and of what it is for, never
 * of what was drawn before, so worlds with one seed share their random numbers whatever is done in
 * them. What is hidden has laws that can be drawn again given observations: a Gaussian AR(1) field
 * of log speed over zones and classes of roads, a Markov chain of weather, incidents with a Weibull
 * hazard, heavy-tailed noise of each edge, normal factors of drivers and customers. {@link
 * io.headway.loadtests.city.Hindsight} branches a vehicle's truth under everything that was
 * weighed.
 *
 * <p>{@link io.headway.loadtests.city.CityBelief} is what can be known of a city from its records
 * alone, {@link io.headway.loadtests.city.CalibrationReport} shows whether it is right, and {@link
 * io.headway.loadtests.city.CityJudge} judges decisions by it. Traffic may go by {@link
 * io.headway.loadtests.city.RecordedSpeeds} instead of formulas.
 */
package io.headway.loadtests.city;
