"""The extracts Passerelle can make, written by hand: a product is added by adding one file and one line."""

from gateway.products import (
    contacts_cd,
    contacts_rdv_insertion,
    indicateurs,
    orientation_pe,
    parcours_carnet_de_bord,
    risque_rupture,
    risque_rupture_pe,
    usagers_rdv_insertion,
)
from gateway.products.control import check_extract
from gateway.products.cutting import cut
from gateway.products.formats import write
from gateway.products.making import Made, make
from gateway.products.product import Feed, Product

PRODUCTS: dict[str, Product] = {
    product.name: product
    for product in (
        contacts_rdv_insertion.PRODUCT,
        usagers_rdv_insertion.PRODUCT,
        contacts_cd.PRODUCT,
        risque_rupture.PRODUCT,
        risque_rupture_pe.PRODUCT,
        orientation_pe.PRODUCT,
        parcours_carnet_de_bord.PRODUCT,
        indicateurs.PRODUCT,
    )
}

__all__ = ["PRODUCTS", "Feed", "Made", "Product", "check_extract", "cut", "make", "write"]
