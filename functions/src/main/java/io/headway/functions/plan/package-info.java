// SPDX-License-Identifier: Apache-2.0
/**
 * Keeps every vehicle's plan and asks for a decision when its context changes.
 *
 * <pre>
 * fixes, shipments ─► PlanRoute ─┬─ plans, fixes ────────────────────────┬─► PlanAndTrigger ─► requests
 *                                └─ tiles of routes ─┬─► TouchedVehicles ┘        ▲
 * road events ─► LocateEvent ─┬─ tiles of events ───┘                   weights, bounds
 *                             └─ edges of events ─► WeightEpoch ──────────────┘
 * </pre>
 *
 * Routes and road events meet by map tile, so that an event costs what it touches and no scan of
 * all vehicles. State holds nothing without a limit and a timer that ends it.
 */
package io.headway.functions.plan;
