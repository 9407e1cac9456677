"""How people stand and walk: joint angles over the gait cycle, turned into rotations of the body's bones.

The curves follow the usual clinical gait tables (hip, knee and ankle flexion against the share of the cycle
since heel strike): the hip swings from 30 degrees of flexion to 10 of extension, the knee gives way a little
when it is loaded and bends by 60 degrees in swing.
"""

from dataclasses import dataclass, replace

import numpy as np

SIDES = {"L": 1.0, "R": -1.0}
X, Y, Z = np.eye(3)
KNUCKLES = np.array([0.393, 0.818, -0.419])  # left forefinger to little finger, in the rest pose
# The rest pose of the body model in degrees: upper arm off the vertical, elbow flexion, leg off the vertical.
REST_ARM, REST_ELBOW, REST_LEG = 41.0, 46.0, 5.5
FINGER_CURL = 24.0  # degrees at each joint


@dataclass(frozen=True)
class Arm:
    """Angles in degrees, of an arm that hangs at the side when all are 0."""

    swing: float = 0.0  # at the shoulder, forward positive
    spread: float = 6.0  # away from the body
    twist: float = 0.0  # of the upper arm, forearm inward positive
    elbow: float = 12.0  # flexion


@dataclass(frozen=True)
class Leg:
    """Angles in degrees, of a straight leg when all are 0."""

    hip: float = 0.0  # flexion
    knee: float = 0.0  # flexion
    ankle: float = 0.0  # toes up positive
    spread: float = 0.0  # away from the other leg
    turn: float = 4.0  # toes outward


@dataclass(frozen=True)
class Pose:
    name: str
    left_leg: Leg
    right_leg: Leg
    left_arm: Arm
    right_arm: Arm
    lean: float = 0.0  # of the trunk, forward positive
    sway: float = 0.0  # of the trunk, to the person's left positive
    pelvis_turn: float = 0.0  # about the vertical, left hip back positive
    shoulder_turn: float = 0.0
    head_turn: float = 0.0
    head_nod: float = 0.0  # down positive


def walking(phase, stride, arm_swing, elbow, lean, spread):
    """A moment of a walk.

    phase: in [0, 1), 0 at the left heel strike; stride: 1 is a normal step length; arm_swing: amplitude in
    degrees; elbow, lean: degrees; spread: of the arms, degrees.
    """
    hip_cos = np.cos(2 * np.pi * phase)
    return Pose(
        "walk",
        walking_leg(phase, stride),
        walking_leg(phase + 0.5, stride),
        Arm(swing=-4 - arm_swing * hip_cos, spread=spread, elbow=elbow - 0.35 * arm_swing * hip_cos),
        Arm(swing=-4 + arm_swing * hip_cos, spread=spread, elbow=elbow + 0.35 * arm_swing * hip_cos),
        lean=lean,
        sway=1.5 * np.sin(2 * np.pi * phase),
        pelvis_turn=-5 * stride * hip_cos,
        shoulder_turn=5 * stride * hip_cos,
    )


def walking_leg(phase, stride):
    """Angles of a leg whose heel struck the ground `phase` cycles ago."""
    phase = phase % 1.0
    hip = 9 + 20 * np.cos(2 * np.pi * phase) + 2 * np.sin(2 * np.pi * phase)
    knee = 4 + 12 * _bump(phase, 0.14, 0.08) + 56 * _bump(phase, 0.73, 0.1)
    ankle = -5 * _bump(phase, 0.08, 0.05) + 9 * _bump(phase, 0.42, 0.12) - 18 * _bump(phase, 0.63, 0.06)
    return Leg(hip=stride * hip, knee=4 + stride * (knee - 4), ankle=stride * ankle)


def _bump(phase, centre, width):
    distance = (phase - centre + 0.5) % 1.0 - 0.5
    return np.exp(-((distance / width) ** 2))


# Replacements for an arm that does something else than swing.
ARM_GESTURES = {
    "pocket": Arm(swing=-24, spread=15, twist=18, elbow=46),
    "phone_ear": Arm(swing=38, spread=12, twist=40, elbow=138),
    "phone_look": Arm(swing=24, spread=6, twist=35, elbow=98),
    "carry": Arm(swing=10, spread=8, twist=30, elbow=88),
    "hip": Arm(swing=-34, spread=34, twist=26, elbow=92),
    "strap": Arm(swing=22, spread=14, twist=38, elbow=118),
    "wave": Arm(swing=30, spread=60, twist=-40, elbow=110),
}


WALKING_GESTURES = {
    "swing": 0.62,
    "pocket": 0.08,
    "phone_ear": 0.05,
    "phone_look": 0.07,
    "carry": 0.09,
    "strap": 0.07,
    "wave": 0.02,
}
STANDING_GESTURES = {
    "swing": 0.42,
    "pocket": 0.16,
    "phone_ear": 0.08,
    "phone_look": 0.12,
    "carry": 0.07,
    "hip": 0.07,
    "strap": 0.04,
    "wave": 0.04,
}


def sample_pose(rng, walk_share=0.72):
    """Draw a pose: mostly walking with swinging arms; the rest stand, look at phones, carry, wave."""
    spread = rng.uniform(4, 11)
    if rng.random() < walk_share:
        stride, arm_swing, elbow, lean = rng.uniform([0.65, 8, 12, 0], [1.15, 26, 38, 6])
        pose, gestures = walking(rng.random(), stride, arm_swing, elbow, lean, spread), WALKING_GESTURES
    else:
        pose, gestures = _standing(rng, spread), STANDING_GESTURES
    names, shares = list(gestures), np.array(list(gestures.values()))
    gesture = names[rng.choice(len(names), p=shares / shares.sum())]
    pose = replace(pose, head_turn=rng.normal(0, 16), head_nod=rng.normal(2, 5))
    if gesture == "swing":
        return pose
    both = gesture == "carry" or (gesture in ("pocket", "hip", "phone_look") and rng.random() < 0.5)
    sides = ("left", "right") if both else (("left",) if rng.random() < 0.5 else ("right",))
    arm = ARM_GESTURES[gesture]
    arm = replace(arm, elbow=arm.elbow + rng.normal(0, 4), swing=arm.swing + rng.normal(0, 4))
    nod = 22 if gesture == "phone_look" else pose.head_nod
    return replace(
        pose, name=f"{pose.name}_{gesture}", head_nod=nod, **{f"{side}_arm": arm for side in sides}
    )


def _standing(rng, spread):
    weight_left = rng.random() < 0.5
    stance, relaxed = rng.uniform(2, 7), rng.uniform(0, 14)
    straight = Leg(hip=0, knee=2, spread=stance, turn=rng.uniform(2, 16))
    bent = Leg(0.9 * relaxed, 1.6 * relaxed, 0.6 * relaxed, spread=stance, turn=rng.uniform(2, 16))
    arms = [Arm(rng.normal(0, 4), spread, twist=rng.uniform(0, 18), elbow=rng.uniform(6, 22)) for _ in SIDES]
    return Pose(
        "stand",
        straight if weight_left else bent,
        bent if weight_left else straight,
        *arms,
        lean=rng.uniform(-1, 4),
        sway=rng.normal(0, 1.2),
        shoulder_turn=rng.normal(0, 5),
    )


def bone_rotations(pose):
    """Rotations (3, 3) of the bones for `Body.skin`, about the axes of the rest pose."""
    turns = {
        "root": rotation(Z, -pose.pelvis_turn),
        "spine04": rotation(X, 0.4 * pose.lean) @ rotation(Y, 0.5 * pose.sway),
        "spine02": rotation(X, 0.6 * pose.lean) @ rotation(Y, 0.5 * pose.sway),
        "spine01": rotation(Z, pose.pelvis_turn - pose.shoulder_turn),
        "neck02": rotation(Z, 0.4 * pose.head_turn) @ rotation(X, 0.4 * pose.head_nod - 0.5 * pose.lean),
        "head": rotation(Z, 0.6 * pose.head_turn) @ rotation(X, 0.6 * pose.head_nod),
    }
    for side, leg in (("L", pose.left_leg), ("R", pose.right_leg)):
        out = SIDES[side]
        inward = rotation(Y, -out * (leg.spread - REST_LEG))
        turns[f"upperleg01.{side}"] = rotation(X, -leg.hip) @ inward @ rotation(Z, out * leg.turn)
        turns[f"lowerleg01.{side}"] = rotation(X, leg.knee)
        turns[f"foot.{side}"] = rotation(X, -leg.ankle)
    for side, arm in (("L", pose.left_arm), ("R", pose.right_arm)):
        turns.update(_arm_rotations(side, arm))
        curl = rotation(KNUCKLES * [1, SIDES[side], SIDES[side]], FINGER_CURL)
        turns.update({f"finger{i}-{joint}.{side}": curl for i in (2, 3, 4, 5) for joint in (1, 2, 3)})
    return turns


def _arm_rotations(side, arm):
    out = SIDES[side]
    # Angles are about the world's axes for a hanging arm: `hang` leads there from the rest pose.
    clavicle = rotation(Y, out * 5)
    lower = rotation(Y, out * (REST_ARM - 5 - arm.spread))
    hang = clavicle @ lower
    twist = rotation(Z, -out * arm.twist)
    return {
        f"shoulder01.{side}": clavicle,
        f"upperarm01.{side}": clavicle.T @ rotation(X, -arm.swing) @ twist @ hang,
        f"lowerarm01.{side}": hang.T @ rotation(X, REST_ELBOW - arm.elbow) @ hang,
    }


def rotation(axis, degrees):
    """Right-handed rotation matrix (3, 3) about a unit vector (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
