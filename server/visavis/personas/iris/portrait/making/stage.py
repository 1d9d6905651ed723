"""Light, camera and the renderer's settings."""

import math

import bpy
from basemesh import to_blender
from mathutils import Vector

DISTANCE, VIEW = 14.5, 3.25  # decimetres: to the camera, and across the picture


def area_light(name, place, target, size, power, colour, mirrored=True):
    light = bpy.data.lights.new(name, "AREA")
    light.size, light.energy, light.color = size, power, colour
    made = bpy.data.objects.new(name, light)
    made.location = place
    made.rotation_euler = (Vector(target) - Vector(place)).to_track_quat("-Z", "Y").to_euler()
    made.visible_glossy = mirrored  # whether it shows as a spot in her eyes and on her skin
    bpy.context.scene.collection.objects.link(made)


def light_her(eye_y):
    target = to_blender([0, eye_y - 0.22, 0.8])
    z = target[2]
    area_light("window", (-7.0, -9.0, z + 4.6), target, 5.5, 2350, (1.0, 0.945, 0.88))
    area_light("room", (8, -8, z + 0.5), target, 9, 430, (0.90, 0.94, 1.0), False)
    area_light("screen", (0, -9, z - 1.5), target, 5, 170, (1.0, 0.95, 0.90), False)
    area_light("behind left", (6, 6.5, z + 4), target, 4, 330, (1.0, 0.95, 0.90))
    area_light("behind right", (-6.5, 6, z + 3.5), target, 4, 300, (0.92, 0.96, 1.0))
    world = bpy.data.worlds.new("room")
    bpy.context.scene.world = world
    world.use_nodes = True
    background = world.node_tree.nodes["Background"].inputs
    background[0].default_value = (0.31, 0.31, 0.32, 1)
    background[1].default_value = 0.35


def set_camera(eye_y):
    scene = bpy.context.scene
    target = to_blender([0, eye_y - 0.22, 0.8])
    camera = bpy.data.cameras.new("camera")
    made = bpy.data.objects.new("camera", camera)
    scene.collection.objects.link(made)
    scene.camera = made
    camera.lens = 36 * DISTANCE / VIEW
    made.location = (0, target[1] - DISTANCE, target[2] + 0.12)
    made.rotation_euler = (math.radians(90), 0, 0)
    camera.shift_y = (target[2] - 0.10 - made.location.z) / VIEW
    camera.clip_end = 200


def set_renderer(size, samples, threads):
    scene = bpy.context.scene
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x = render.resolution_y = size
    render.film_transparent = True
    render.threads_mode, render.threads = "FIXED", threads
    render.use_persistent_data = True
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGBA"
    cycles.samples, cycles.seed = samples, 3
    cycles.use_adaptive_sampling, cycles.adaptive_threshold = True, 0.02
    cycles.use_denoising, cycles.denoiser = True, "OPENIMAGEDENOISE"
    cycles.max_bounces, cycles.transparent_max_bounces = 5, 4
    scene.cycles_curves.shape = "RIBBONS"
    view = scene.view_settings
    view.view_transform, view.look = "AgX", "AgX - Medium High Contrast"
    view.exposure = 0.12


def set_region(box):
    """Renders only this part of the frame: left, bottom, right, top as fractions."""
    render = bpy.context.scene.render
    render.use_border = box is not None
    left, bottom, right, top = box or (0, 0, 1, 1)
    render.border_min_x, render.border_min_y = left, bottom
    render.border_max_x, render.border_max_y = right, top
