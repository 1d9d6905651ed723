"""What her skin, eyes, teeth, hair and knit look like: all of it painted by arithmetic."""

from pathlib import Path

from nodes import Shader, plain
from PIL import Image, ImageFilter

# Colours are linear. The skin's undertone is warm; blood shows where it is thin.
SKIN, SKIN_LIGHT, SKIN_DEEP = (0.52, 0.292, 0.195), (0.60, 0.35, 0.24), (0.44, 0.225, 0.145)
BLOOD, SHADE, FRECKLE = (0.58, 0.185, 0.135), (0.36, 0.165, 0.125), (0.33, 0.145, 0.075)
LIP, LIP_DEEP, INSIDE = (0.44, 0.125, 0.115), (0.30, 0.065, 0.065), (0.28, 0.05, 0.05)
LINER, SCALP, BROW = (0.07, 0.035, 0.025), (0.030, 0.018, 0.013), (0.075, 0.050, 0.037)

# The brow's middle line from the nose outwards, relative to the middle of the eye.
BROW_X = [-0.165, -0.06, 0.06, 0.16, 0.245]
BROW_Y = [0.185, 0.218, 0.242, 0.228, 0.178]


def softened_mask(data, name, blur, folder):
    """MakeHuman's painted mask of a body part, blurred so that its edge can't be seen."""
    path = Path(folder).resolve() / f"mask-{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = Image.open(Path(data) / f"mpfb2/textures/mpfb_{name}.jpg").convert("L")
    mask.filter(ImageFilter.GaussianBlur(blur)).save(path)
    return path


def skin(data, work_folder):
    """Reads the vertex attributes that head.paint has put on the mesh, "rest" among them:
    noise bound to the resting shape stays with the skin while the face moves."""
    s = Shader("skin")
    rest = s.attribute("rest", "Vector")
    blush, lid, spots = s.attribute("blush"), s.attribute("lid"), s.attribute("freckles")
    patches, grain = s.noise(6, rest, 5), s.noise(34, rest, 4)

    colour = s.mix(s.times(patches, 0.55), SKIN, SKIN_LIGHT)
    colour = s.mix(s.times(s.math("SUBTRACT", grain, 0.5, True), 1.1), colour, SKIN_DEEP)
    colour = s.mix(s.times(blush, s.math("ADD", s.times(patches, 0.45), 0.22)), colour, BLOOD)
    colour = s.mix(s.times(lid, 0.38), colour, SHADE)
    for scale, size, strength in ((21, 0.20, 0.95), (36, 0.24, 0.70)):
        near, random = s.cells(scale, rest)
        dot = s.ramp(near, [(0, 1.0), (size * 0.45, 0.75), (size, 0.0)])
        chosen = s.math("GREATER_THAN", random, 0.52)
        dot = s.times(s.times(dot, chosen), s.times(spots, strength))
        colour = s.mix(dot, colour, FRECKLE)
    lips = s.image(softened_mask(data, "lips", 3.0, work_folder))
    # Lips have fine upright furrows: noise squeezed sideways.
    furrows = s.noise(30, s.stretch(rest, (2.6, 1.0, 0.5)), 3)
    lip_colour = s.mix(s.times(furrows, 0.75), LIP, LIP_DEEP)
    colour = s.mix(s.times(lips, 0.84), colour, lip_colour)
    colour = s.mix(s.image(softened_mask(data, "inside-mouth", 2, work_folder)), colour, INSIDE)
    colour = s.mix(s.times(s.attribute("liner"), 0.75), colour, LINER)
    colour = s.mix(s.times(brow_shade(s), 0.42), colour, BROW)
    colour = s.mix(s.times(s.attribute("scalp"), 0.93), colour, SCALP)

    shine = s.math("SUBTRACT", s.math("ADD", s.times(grain, 0.26), 0.36), s.times(lips, 0.16))
    shine = s.math("SUBTRACT", shine, s.times(s.attribute("oily"), 0.07))
    pores, _ = s.cells(95, rest)
    pitted = s.ramp(pores, [(0, 0.0), (0.30, 0.85), (0.55, 1.0)])
    normal = s.bump(pitted, 0.16, 0.006)
    normal = s.bump(grain, 0.22, 0.010, normal)
    normal = s.bump(s.times(furrows, lips), 0.45, 0.012, normal)
    s.set(Base_Color=colour, Roughness=shine, Normal=normal)
    gloss = s.math("SUBTRACT", 0.40, s.times(s.attribute("scalp"), 0.36))
    s.set(Specular_IOR_Level=gloss)
    s.set(Subsurface_Weight=0.85, Subsurface_Radius=(1, 0.36, 0.2), Subsurface_Scale=0.030)
    s.surface.subsurface_method = "RANDOM_WALK"
    return s.material


def brow_shade(s):
    """The soft shade of the brow's finest hairs: 1 along its middle line."""
    split = s.nodes.new("ShaderNodeSeparateXYZ")
    s.link(s.attribute("brow", "Vector"), split.inputs[0])
    along, height = split.outputs[0], split.outputs[1]
    steps = [(x - BROW_X[0]) / (BROW_X[-1] - BROW_X[0]) for x in BROW_X]
    middle = s.ramp(along, list(zip(steps, BROW_Y, strict=True)))
    thick = s.ramp(along, [(0, 0.026), (0.2, 0.040), (0.6, 0.033), (1, 0.012)])
    off = s.math("ABSOLUTE", s.math("SUBTRACT", height, middle))
    across = s.ramp(s.math("DIVIDE", off, thick), [(0, 1.0), (0.45, 0.75), (1.0, 0.0)])
    ends = s.ramp(along, [(0.001, 0.0), (0.22, 0.7), (0.5, 1.0), (0.9, 0.8), (0.999, 0.0)])
    return s.times(across, ends)


def eye():
    """The ball's own x and z run across the iris; 0.2 decimetres become 1 on the ramps."""
    s = Shader("eye")
    split = s.nodes.new("ShaderNodeSeparateXYZ")
    s.link(s.coordinates(), split.inputs[0])
    x, z = split.outputs[0], split.outputs[2]
    radius = s.math("SQRT", s.math("ADD", s.times(x, x), s.times(z, z)))
    combined = s.nodes.new("ShaderNodeCombineXYZ")
    s.link(s.times(s.math("ARCTAN2", x, z), 5.0), combined.inputs[0])
    s.link(s.times(radius, 14.0), combined.inputs[1])
    fibres = s.noise(3.2, combined.outputs[0], 6)
    out = s.times(radius, 5.0)
    colour = s.ramp(
        out,
        [
            (0, 0.002),
            (0.118, 0.002),
            (0.132, (0.070, 0.030, 0.011)),
            (0.185, (0.110, 0.055, 0.022)),
            (0.262, (0.055, 0.038, 0.022)),
            (0.298, (0.010, 0.009, 0.008)),
            (0.325, (0.44, 0.39, 0.36)),
            (0.5, (0.56, 0.48, 0.44)),
            (0.66, (0.50, 0.29, 0.24)),
        ],
    )
    in_iris = s.ramp(out, [(0, 0.0), (0.12, 0.0), (0.14, 1.0), (0.27, 1.0), (0.30, 0.0)])
    strands = s.times(s.math("SUBTRACT", fibres, 0.42, True), 2.2)
    colour = s.mix(s.times(in_iris, s.times(strands, 0.75)), colour, (0.21, 0.115, 0.045))
    s.set(Base_Color=colour, Roughness=0.25, Coat_Weight=1.0, Coat_Roughness=0.02, Coat_IOR=1.45)
    s.set(Subsurface_Weight=0.15, Subsurface_Scale=0.02)
    return s.material


def mouth_parts():
    wet = {"Subsurface_Weight": 0.4, "Subsurface_Scale": 0.03}
    teeth = plain("teeth", (0.83, 0.75, 0.64), 0.22, Coat_Weight=0.3, **wet)
    gums = plain("gums", (0.42, 0.13, 0.12), 0.35, **wet)
    tongue = Shader("tongue")
    tip = tongue.noise(45, tongue.coordinates(), 3)
    colour = tongue.mix(tongue.times(tip, 0.8), (0.52, 0.17, 0.16), (0.40, 0.11, 0.105))
    tongue.set(Base_Color=colour)
    tongue.set(Roughness=0.34, Normal=tongue.bump(tip, 0.35, 0.012), **wet)
    return teeth, gums, tongue.material


def hair(name, melanin, redness, roughness):
    s = Shader(name, "ShaderNodeBsdfHairPrincipled")
    s.surface.parametrization = "MELANIN"
    s.set(Melanin=melanin, Melanin_Redness=redness, Roughness=roughness, Radial_Roughness=0.55)
    s.set(Random_Color=0.30, Random_Roughness=0.25, Coat=0.0)
    return s.material


def brow_hair():
    return plain("brow", BROW, 0.6, Specular_IOR_Level=0.2)


def lash_hair():
    return plain("lash", (0.010, 0.008, 0.007), 0.55, Specular_IOR_Level=0.25)


def knit(name, ribs_per_radian=None):
    """Ribs run straight down the body; around the collar they follow its "around" attribute."""
    s = Shader(name)
    place = s.coordinates()
    if ribs_per_radian:
        ribs = s.times(s.attribute("around"), ribs_per_radian)
    else:
        split = s.nodes.new("ShaderNodeSeparateXYZ")
        s.link(place, split.inputs[0])
        ribs = s.times(split.outputs[0], 190.0)
    ribs = s.math("SINE", ribs)
    fuzz = s.noise(70, place, 4)
    colour = s.mix(fuzz, (0.040, 0.105, 0.115), (0.075, 0.160, 0.165))
    colour = s.mix(
        s.times(s.math("SUBTRACT", 0.2, ribs, True), 0.22), colour, (0.022, 0.060, 0.066)
    )
    height = s.math("ADD", ribs, s.times(fuzz, 1.2))
    s.set(Base_Color=colour, Roughness=0.9, Sheen_Weight=0.30, Normal=s.bump(height, 0.5, 0.02))
    return s.material
