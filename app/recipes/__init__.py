from app.recipes.all import RECIPES, infer_kind

__all__ = ["RECIPES", "infer_kind"]
