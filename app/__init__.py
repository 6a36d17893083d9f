"""Pressroom: a self-hosted studio for generating text and images with AI."""
