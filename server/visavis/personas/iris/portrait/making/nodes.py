"""A little shorthand for Blender's shader nodes. Used while making the picture only."""

import bpy


class Shader:
    """One material. Values passed to its methods are numbers, colours or sockets of other nodes."""

    def __init__(self, name, kind="ShaderNodeBsdfPrincipled"):
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.nodes = self.material.node_tree.nodes
        self.nodes.clear()
        self.surface = self.nodes.new(kind)
        output = self.nodes.new("ShaderNodeOutputMaterial")
        self.link(self.surface.outputs[0], output.inputs[0])

    def link(self, source, target):
        self.material.node_tree.links.new(source, target)

    def put(self, socket, value):
        if isinstance(value, bpy.types.NodeSocket):
            self.link(value, socket)
        elif isinstance(value, tuple) and len(value) == 3 and socket.type == "RGBA":
            socket.default_value = (*value, 1)
        else:
            socket.default_value = value

    def set(self, **values):
        """Inputs of the surface, by their names with _ for a space."""
        for name, value in values.items():
            self.put(self.surface.inputs[name.replace("_", " ")], value)
        return self

    def mix(self, factor, first, second, mode="MIX"):
        node = self.nodes.new("ShaderNodeMix")
        node.data_type, node.blend_type = "RGBA", mode
        for index, value in ((0, factor), (6, first), (7, second)):
            self.put(node.inputs[index], value)
        return node.outputs[2]

    def math(self, operation, first, second=0.0, clamp=False):
        node = self.nodes.new("ShaderNodeMath")
        node.operation, node.use_clamp = operation, clamp
        self.put(node.inputs[0], first)
        self.put(node.inputs[1], second)
        return node.outputs[0]

    def times(self, first, second):
        return self.math("MULTIPLY", first, second)

    def attribute(self, name, output="Fac"):
        node = self.nodes.new("ShaderNodeAttribute")
        node.attribute_name = name
        return node.outputs[output]

    def noise(self, scale, vector, detail=3.0):
        node = self.nodes.new("ShaderNodeTexNoise")
        node.inputs["Scale"].default_value = scale
        node.inputs["Detail"].default_value = detail
        self.link(vector, node.inputs["Vector"])
        return node.outputs[0]

    def cells(self, scale, vector):
        """Distance to the nearest of scattered points, and a random colour for each of them."""
        node = self.nodes.new("ShaderNodeTexVoronoi")
        node.inputs["Scale"].default_value = scale
        self.link(vector, node.inputs["Vector"])
        return node.outputs["Distance"], node.outputs["Color"]

    def stretch(self, vector, scale):
        node = self.nodes.new("ShaderNodeVectorMath")
        node.operation = "MULTIPLY"
        self.link(vector, node.inputs[0])
        node.inputs[1].default_value = scale
        return node.outputs[0]

    def ramp(self, source, stops):
        node = self.nodes.new("ShaderNodeValToRGB")
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, colour) in zip(elements, stops, strict=True):
            element.position = position
            element.color = (colour if isinstance(colour, tuple) else (colour,) * 3) + (1,)
        self.link(source, node.inputs[0])
        return node.outputs[0]

    def image(self, path):
        node = self.nodes.new("ShaderNodeTexImage")
        node.image = bpy.data.images.load(str(path))
        node.image.colorspace_settings.name = "Non-Color"
        return node.outputs[0]

    def coordinates(self, name="Object"):
        return self.nodes.new("ShaderNodeTexCoord").outputs[name]

    def bump(self, height, strength, distance, normal=None):
        node = self.nodes.new("ShaderNodeBump")
        node.inputs["Strength"].default_value = strength
        node.inputs["Distance"].default_value = distance
        self.link(height, node.inputs["Height"])
        if normal is not None:
            self.link(normal, node.inputs["Normal"])
        return node.outputs[0]


def plain(name, colour, roughness, **more):
    shader = Shader(name)
    shader.set(Base_Color=colour, Roughness=roughness, **more)
    return shader.material
